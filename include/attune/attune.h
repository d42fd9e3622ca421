/* attune.h - everything. See home.h for the first steps and examples/ for whole programs. */
#ifndef ATTUNE_H
#define ATTUNE_H

#include "attune/dataset.h"
#include "attune/home.h"
#include "attune/job.h"
#include "attune/kind.h"
#include "attune/model.h"
#include "attune/option.h"
#include "attune/pipeline.h"
#include "attune/registry.h"
#include "attune/status.h"
#include "attune/train.h"
#include "attune/version.h"

#endif

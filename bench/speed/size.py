"""size: bytes of a model on disk: model.attune against joblib, plain and as small as it goes."""
from . import measure

TITLE = "Size of a model on disk"


def cases(bench):
    if bench.quick:
        return [("200 short", bench.data.short(200))]
    out = [("1,000 short", bench.data.short(1000)), ("10,000 short", bench.data.short(10000)),
           ("500 profiles", bench.data.profiles(500)), ("10,000 profiles", bench.data.profiles(10000)),
           ("500 of mbti800_tf_masked", bench.data.public("mbti800_tf_masked", 500))]
    return [case for case in out if case[1]]


def key(case):
    return f"{case[0]}, 100 trees"


def case_run(bench, case):
    sizes = {"attune": (bench.attune_fit(case[1], 100)["folder"] / "model.attune").stat().st_size}
    plain = bench.peer_model(case[1], 100)
    sizes["joblib"] = plain.stat().st_size
    small = bench.scratch / "small.joblib"
    measure.run(bench.python, "-c", "import joblib, sys; m = joblib.load(sys.argv[1]); m.steps[0][1].stop_words_ = None; "
                "joblib.dump(m, sys.argv[2], compress=3)", plain, small)
    sizes["small"] = small.stat().st_size
    small.unlink()
    return sizes


def case_say(sizes):
    return f"{sizes['joblib'] / sizes['attune']:.1f} x smaller"


def report(bench, results):
    rows = [[name, f"{s['attune']:,}", f"{s['joblib']:,}", f"{s['joblib'] / s['attune']:.1f}",
             f"{s['small']:,}", f"{s['small'] / s['attune']:.2f}"] for name, s in results.items()]
    return ("Bytes. Small joblib is compress=3 without the vectorizer's list of unused words: it has to be unpacked "
            "to be read, model.attune is mapped as it is.\n\n" + measure.table(
                ["model", "model.attune", "joblib", "ratio", "small joblib", "ratio"], rows))

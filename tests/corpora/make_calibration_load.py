#!/usr/bin/env python3
"""Seeds for calibration_load_fuzz: small valid calibrations, and the same with one thing wrong."""
import pathlib, struct
out = pathlib.Path(__file__).parent / "calibration_load"
out.mkdir(exist_ok=True)
TEMPERATURE, ISOTONIC, VENN_ABERS = 1, 2, 3


def calibration(kind, n_classes, curves, temperature=1.0, n_rows=8):
    """curves: list of [(x, v), ...]"""
    start, points = [0], []
    for curve in curves:
        points += curve
        start.append(len(points))
    if not curves:
        start = []
    body = struct.pack("<IIQQdd", 1, kind, n_classes, n_rows, temperature, 1e-6)
    body += struct.pack(f"<{len(start)}Q", *start)
    body += struct.pack(f"<{len(points)}d", *(x for x, _ in points))
    body += struct.pack(f"<{len(points)}d", *(v for _, v in points))
    return struct.pack("<3B", n_classes - 2, len(start), len(points)) + body


rising, flat = [(0.1, 0.25), (0.5, 0.5), (0.9, 0.75)], [(0.5, 0.25)]
p0, p1 = [(0.1, 0.0), (0.5, 0.5)], [(0.4, 0.25), (0.9, 1.0)]
seeds = {
    "temperature": calibration(TEMPERATURE, 3, [], 1.5),
    "temperature_zero": calibration(TEMPERATURE, 3, [], 0.0),
    "isotonic": calibration(ISOTONIC, 2, [rising, flat]),
    "isotonic_no_points": calibration(ISOTONIC, 2, [rising, []]),
    "isotonic_falling": calibration(ISOTONIC, 2, [rising, rising[::-1]]),
    "isotonic_certain": calibration(ISOTONIC, 2, [rising, [(0.5, 1.0)]]),
    "venn_abers": calibration(VENN_ABERS, 2, [p0, p0, p1, p1]),
    "venn_abers_no_points": calibration(VENN_ABERS, 2, [[], [], [], []]),
    "venn_abers_zero": calibration(VENN_ABERS, 2, [p0, p0, p1, [(0.5, 0.0)]]),
    "too_few_curves": calibration(VENN_ABERS, 3, [p0, p0, p1, p1]),
    "not_a_number": calibration(ISOTONIC, 2, [rising, [(float("nan"), 0.5)]]),
}
for name, data in seeds.items():
    (out / name).write_bytes(data)

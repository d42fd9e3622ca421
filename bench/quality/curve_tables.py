"""Tables of learning curves: scores, ranks, and attune's distance to the best peer.

`found` is {set: {contestant: {(n, subset): scores}}}. A score of a set and n is the mean over its subsets, with the
95 % interval of that mean over subsets (Student's t, +-); a difference is taken within a subset. At full size, where
there is one training only, the interval is a paired bootstrap over the test rows.
"""
import numpy as np

import scores

RANKED = ("macro_f1", "accuracy", "log_loss")
LOWER = ("log_loss", "ece")
TITLES = {"macro_f1": "Macro-F1", "accuracy": "Accuracy", "log_loss": "Log-loss", "ece": "ECE"}


def pooled_ece(results):
    """Over folds, each row of the set once"""
    bins = np.sum([r["bins"] for r in results], axis=0)
    return float(scores.ece(bins.tolist())), float("nan")


def mean(cells, n, figure):
    results = [r for (m, _), r in cells.items() if m == n]
    if figure == "ece" and results and all(r.get("folds") and "bins" in r for r in results):
        return pooled_ece(results)
    values = [r[figure] for (m, _), r in cells.items() if m == n]
    return (float(np.mean(values)), scores.interval(values)) if values else None


def ranks(values, lower):
    """1 for the best; equal ones share the mean of their places"""
    v = np.array(values) * (1 if lower else -1)
    return [float(np.sum(v < x) + (np.sum(v == x) + 1) / 2) for x in v]


def complete(found, n, who):
    """The sets on which all of `who` were measured at n"""
    return [s for s in found if all(mean(found[s].get(w, {}), n, "macro_f1") for w in who)]


def table(head, rows):
    cells = [head, *rows]
    width = [max(len(str(r[i])) for r in cells) for i in range(len(head))]
    line = lambda r: "  ".join(str(c).ljust(w) if i == 0 else str(c).rjust(w) for i, (c, w) in enumerate(zip(r, width)))
    return "\n".join(line(r).rstrip() for r in cells) + "\n"


def shown(value, form="{:.3f}"):
    if value is None:
        return "-"
    middle, half = value
    return form.format(middle) if np.isnan(half) else f"{form.format(middle)} +-{form.format(half).lstrip('0')}"


def scores_tables(found, sizes, who):
    text = ""
    for figure in scores.NAMES:
        text += f"\n{TITLES[figure]}\n\n"
        rows = []
        for s in found:
            for n in sizes:
                cell = [mean(found[s].get(w, {}), n, figure) for w in who]
                if any(cell):
                    rows.append([s, n, *map(shown, cell)])
        for n in sizes:
            sets = complete(found, n, who)
            if sets:
                rows.append([f"mean of {len(sets)} sets", n, *(
                    f"{np.mean([mean(found[s][w], n, figure)[0] for s in sets]):.3f}" for w in who)])
        text += table(["set", "n", *who], rows)
    return text


def rank_table(found, sizes, who):
    text, rows = "\nMean rank over the sets (1 is best)\n\n", []
    for n in sizes:
        sets = complete(found, n, who)
        if not sets:
            continue
        all_ranks = []
        for figure in RANKED:
            per_set = [ranks([mean(found[s][w], n, figure)[0] for w in who], figure in LOWER) for s in sets]
            all_ranks.append(np.mean(per_set, axis=0))
            rows.append([f"{TITLES[figure]}, {len(sets)} sets", n, *(f"{r:.2f}" for r in all_ranks[-1])])
        rows.append(["all three", n, *(f"{r:.2f}" for r in np.mean(all_ranks, axis=0))])
    return text + table(["rank of", "n", *who], rows)


def difference(cells, best, n, truth, n_classes):
    """Macro-F1 of `cells` less that of `best`: (mean, lowest, highest of the 95 % interval)"""
    keys = [k for k in cells if k[0] == n and k in best]
    gaps = [cells[k]["macro_f1"] - best[k]["macro_f1"] for k in keys]
    if len(gaps) > 1:
        half = scores.interval(gaps)
        return np.mean(gaps), np.mean(gaps) - half, np.mean(gaps) + half
    mine, theirs = np.array(cells[keys[0]]["said"]), np.array(best[keys[0]]["said"])
    gap = lambda rows: (scores.macro_f1(truth[rows], mine[rows], n_classes) - scores.macro_f1(truth[rows], theirs[rows], n_classes))
    return gaps[0], *scores.bootstrap(gap, len(truth))


def distance_table(found, data, sizes, attune, peers):
    """attune against the best peer of each set and n, and against seed_rf"""
    text = f"\n{attune} less the best peer in macro-F1, in points (95 % interval), and in the other scores\n\n"
    rows = []
    for s in found:
        for n in sizes:
            if not mean(found[s].get(attune, {}), n, "macro_f1"):
                continue
            there = [p for p in peers if mean(found[s].get(p, {}), n, "macro_f1")]
            if not there:
                continue
            best = max(there, key=lambda p: mean(found[s][p], n, "macro_f1")[0])
            truth = data[s].y[data[s].cell(n, 0)[2]]
            gap, low, high = (100 * g for g in difference(found[s][attune], found[s][best], n, truth, len(data[s].labels)))
            row = [s, n, best, f"{gap:+.1f}", f"{low:+.1f} .. {high:+.1f}", "BELOW" if gap < -1 else ""]
            for figure in ("accuracy", "log_loss", "ece"):
                values = [mean(found[s][p], n, figure)[0] for p in there]
                other = min(values) if figure in LOWER else max(values)
                row.append(f"{mean(found[s][attune], n, figure)[0] - other:+.3f}")
            rf = found[s].get("seed_rf", {})
            row.append(f"{100 * (mean(found[s][attune], n, 'macro_f1')[0] - mean(rf, n, 'macro_f1')[0]):+.1f}" if rf else "-")
            row.append(f"{mean(found[s][attune], n, 'ece')[0]:.3f}")
            row.append(f"{mean(found[s][attune], n, 'seconds')[0]:.2f}")
            rows.append(row)
    if not rows:
        return ""
    text += table(["set", "n", "best peer", "points", "interval", "goal", "accuracy", "log-loss", "ECE", "over seed_rf",
                   "own ECE", "fit, s"], rows)
    for n in sizes:
        mine = [r for r in rows if r[1] == n and r[9] != "-"]
        if mine:
            text += (f"n = {n}: {np.mean([float(r[3]) for r in mine]):+.1f} points to the best peer, "
                     f"{np.mean([float(r[9]) for r in mine]):+.1f} to seed_rf, mean of {len(mine)} sets; "
                     f"{sum(r[5] == 'BELOW' for r in mine)} more than 1 point below; highest ECE {max(r[10] for r in mine)}\n")
    return text


def report(found, data, sizes, attunes):
    peers = [p for p in dict.fromkeys(w for cells in found.values() for w in cells) if p not in attunes]
    present = [a for a in attunes if any(a in cells for cells in found.values())]
    who = [*peers, *present]
    text = scores_tables(found, sizes, who) + rank_table(found, sizes, who)
    for attune in present:
        if len(present) > 1:
            text += "\n" + attune + " among the peers alone:" + rank_table(found, sizes, [*peers, attune])
        text += distance_table(found, data, sizes, attune, peers)
    return text

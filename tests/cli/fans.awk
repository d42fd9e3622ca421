# awk -v n=120 -f fans.awk: n labelled fans as JSON Lines, the same every time. Emotional fans are the
# even ones; the words overlap, so that a model is good at it and not perfect.
function draw(k) { seed = (seed * 1103515245 + 12345) % 2147483648; return int(seed / 65536) % k }
BEGIN {
    seed = 7
    split("miss you love heart feel sweet dream tender hug soul", warm, " ")
    split("win prove power control challenge chase game strong best rule", cold, " ")
    split("hey what today work music photo call time night coffee train movie", plain, " ")
    split("low medium high", level, " ")
    if (!n) n = 120
    for (i = 0; i < n; i++) {
        e = draw(3)
        printf "{\"fan_id\":\"f%d\",\"messages\":[", i
        for (m = 0; m < 3 * (e + 1); m++) {
            text = ""
            for (w = 0; w < 4 + draw(5); w++) {
                other = draw(10) == 0
                mine = (i % 2 == 0) != other
                word = draw(6) ? plain[1 + draw(12)] : mine ? warm[1 + draw(10)] : cold[1 + draw(10)]
                text = text (w ? " " : "") word
            }
            printf "%s{\"from\":\"fan\",\"at\":\"2026-01-%02dT10:%02d:00Z\",\"text\":\"%s\"}", m ? "," : "", 1 + i % 28, m, text
        }
        printf "],\"personality\":\"%s\",\"engagement\":\"%s\"}\n", i % 2 ? "Conqueror" : "Emotional", level[1 + e]
    }
}

/* Addresses, which are private and replaced as a whole. Only their shape counts. */
#include <string.h>

#include "text/chat_part.h"

static unsigned char address_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

static bool address_is_letter(unsigned char c)
{
    return address_lower(c) >= 'a' && address_lower(c) <= 'z';
}

static bool address_is_host(unsigned char c)
{
    return address_is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

static bool address_has(const unsigned char *p, const unsigned char *end, const char *prefix)
{
    for (; *prefix; prefix++, p++)
        if (p >= end || address_lower(*p) != (unsigned char)*prefix)
            return false;
    return true;
}

/* Up to a space, or a bracket or quotation mark that cannot be part of it. */
static const unsigned char *address_skip(const unsigned char *p, const unsigned char *end)
{
    while (p<end && * p> ' ' && *p != '"' && *p != '<' && *p != '>')
        p++;
    return p;
}

/* The full stop or bracket behind an address belongs to the sentence. */
static size_t address_trim(const unsigned char *p, const unsigned char *q)
{
    while (q > p && memchr(".,;:!?)", q[-1], 7))
        q--;
    return (size_t)(q - p);
}

size_t chat_url(const unsigned char *p, const unsigned char *end)
{
    size_t n = 0;
    if (address_has(p, end, "http://"))
        n = 7;
    else if (address_has(p, end, "https://"))
        n = 8;
    else if (address_has(p, end, "www."))
        n = 4;
    if (n == 0 || p + n >= end || p[n] <= ' ')
        return 0;
    const size_t len = address_trim(p, address_skip(p + n, end));
    return len > n ? len : 0;
}

size_t chat_email(const unsigned char *p, const unsigned char *sign, const unsigned char *end)
{
    for (const unsigned char *q = p; q < sign; q++)
        if (!address_is_host(*q) && !memchr("._%+", *q, 4) && *q < 0x80)
            return 0;
    const unsigned char *q = sign + 1, *dot = NULL;
    for (; q < end && (address_is_host(*q) || (*q == '.' && q + 1 < end && address_is_host(q[1])));
         q++)
        if (*q == '.')
            dot = q;
    return sign > p && dot && q - dot > 2 ? (size_t)(q - p) : 0;
}

/* Ends of host names that no sentence has behind a full stop without a space. */
static bool address_is_tld(const unsigned char *p, size_t len)
{
    static const char *const known[] = {"com", "net", "org", "fr",   "io",  "tv",  "gg",
                                        "ly",  "xyz", "app", "info", "edu", "gov", "ru"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == len && address_has(p, p + len, known[i]))
            return true;
    return false;
}

size_t chat_domain(const unsigned char *p, const unsigned char *dot, const unsigned char *end)
{
    const unsigned char *q = dot + 1, *label = q;
    for (; q < end && (address_is_host(*q) || (*q == '.' && q + 1 < end && address_is_host(q[1])));
         q++)
        if (*q == '.')
            label = q + 1;
    const size_t len = (size_t)(q - label);
    if (len < 2 || !address_is_letter(*label) || (q < end && (*q >= 0x80 || *q == '@')))
        return 0;
    if (q + 1 < end && *q == '/' && address_is_host(q[1]) && len <= 6)
        return address_trim(p, address_skip(q, end));
    return address_is_tld(label, len) ? (size_t)(q - p) : 0;
}

// Two libraries for language identification: texts on standard input, one a line; prints a tag and whether the
// library calls it reliable.
//
//   c++ -O2 peers.cc -lcld2 -lexttextcat-2.0 -o peers        (Debian: libcld2-dev, libexttextcat-dev)
//   peers cld2 | peers cld2-best-effort | peers exttextcat FPDB.conf FOLDER/
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>
extern "C" {
#include <libexttextcat/textcat.h>
}

static void answer_cld2(const std::string &line, int flags)
{
    bool reliable;
    int bytes, percent[3];
    double score[3];
    CLD2::Language three[3];
    const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    const CLD2::Language l =
        CLD2::ExtDetectLanguageSummary(line.data(), (int)line.size(), true, &hints, flags, three, percent, score,
                                       nullptr, &bytes, &reliable);
    std::printf("%s %d\n", CLD2::LanguageCode(l), reliable);
}

// "[en--utf8][fr--utf8]": more than one means that it cannot tell them apart.
static void answer_textcat(void *textcat, const std::string &line)
{
    const char *said = textcat_Classify(textcat, line.data(), line.size());
    const char *close = std::strchr(said, ']');
    if (*said != '[' || !close) {
        std::puts("und 0");
        return;
    }
    const std::string first(said + 1, close);
    std::printf("%s %d\n", first.substr(0, first.find("--")).c_str(), close[1] == '\0');
}

int main(int argc, char **argv)
{
    const std::string what = argc > 1 ? argv[1] : "";
    void *textcat = what == "exttextcat" && argc == 4 ? special_textcat_Init(argv[2], argv[3]) : nullptr;
    if (textcat)
        textcat_SetProperty(textcat, TCPROP_MINIMUM_DOCUMENT_SIZE, 1);
    else if (what.rfind("cld2", 0) != 0)
        return 2;
    for (std::string line; std::getline(std::cin, line);) {
        if (textcat)
            answer_textcat(textcat, line);
        else
            answer_cld2(line, what == "cld2" ? 0 : 0x4000);
    }
    return 0;
}

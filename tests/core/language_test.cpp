// Claims: sentences of many languages are told apart by their function words; English, names and
// figures are no other language; stems are Snowball's, folded.
#include "core/language.h"

#include <gtest/gtest.h>

namespace carrel {
namespace {

std::string code_of(const Language* language) {
  return std::string(language == nullptr ? "" : language->code);
}

TEST(Language, TextsAreToldApart) {
  const std::pair<const char*, const char*> texts[] = {
      {"de",
       "Die Kündigungsfrist beträgt während der Probezeit zwei Wochen. Danach gilt die "
       "gesetzliche Frist, wenn der Vertrag nichts anderes sagt."},
      {"fr",
       "Le préavis est de deux semaines pendant la période d'essai. Les salariés qui "
       "quittent l'entreprise doivent le respecter."},
      {"es",
       "El plazo de preaviso es de dos semanas durante el período de prueba. Los empleados "
       "que dejan la empresa deben respetarlo."},
      {"it",
       "Il preavviso è di due settimane durante il periodo di prova. I dipendenti che "
       "lasciano l'azienda lo devono rispettare."},
      {"pt",
       "O aviso prévio é de duas semanas durante o período de experiência. Os empregados "
       "que saem da empresa não podem ignorá-lo."},
      {"nl",
       "De opzegtermijn is twee weken tijdens de proeftijd. Daarna geldt de wettelijke "
       "termijn, als het contract niet iets anders zegt."},
      {"sv",
       "Uppsägningstiden är två veckor under provanställningen. Därefter gäller lagens "
       "regler om det inte står något annat i avtalet och du har fyllt sextio."},
      {"da",
       "Opsigelsesvarslet er to uger i prøvetiden. Hvis der ikke står noget andet i "
       "kontrakten, gælder lovens regler for alle, som er ansat efter den første maj."},
      {"fi",
       "Irtisanomisaika on kaksi viikkoa, jos työntekijä on koeajalla. Sen jälkeen se on "
       "yksi kuukausi, ja sitä ei voi lyhentää."},
      {"ru",
       "Срок уведомления составляет две недели во время испытательного срока. После этого "
       "он равен одному месяцу, если в договоре не сказано иначе."},
      {"tr",
       "Deneme süresi içinde ihbar süresi iki haftadır ve bu süre daha sonra bir ay olarak "
       "uygulanır. Sözleşme ile değiştirilebilir."},
  };
  for (const auto& [code, text] : texts) EXPECT_EQ(code_of(language_of_text(text)), code) << text;
}

TEST(Language, EnglishAndWordlessTextsAreNoOther) {
  EXPECT_EQ(language_of_text("The notice period is two weeks during probation. After that it is "
                             "one month, unless the contract says otherwise."),
            nullptr);
  EXPECT_EQ(language_of_text("Siemens Energy AG 2023 4711 München Paris Milano"), nullptr);
  EXPECT_EQ(language_of_text(""), nullptr);
  EXPECT_EQ(language_of_text("試用期間中の解雇予告期間は二週間です。"), nullptr);
}

TEST(Language, QuestionsOfAFewWordsAreToldToo) {
  EXPECT_EQ(code_of(language_of_question("Wie lang ist die Kündigungsfrist?")), "de");
  EXPECT_EQ(code_of(language_of_question("Quelle est la durée du préavis ?")), "fr");
  EXPECT_EQ(code_of(language_of_question("¿Cuánto dura el preaviso?")), "es");
  EXPECT_EQ(language_of_question("When did the chancellor die?"), nullptr);
  EXPECT_EQ(language_of_question("What is the notice period in Germany?"), nullptr);
  EXPECT_EQ(language_of_question("Kündigungsfrist"), nullptr);
}

TEST(Language, TagsNameALanguageWhateverTheirRegion) {
  EXPECT_EQ(code_of(find_language("de-CH")), "de");
  EXPECT_EQ(code_of(find_language("PT_br")), "pt");
  EXPECT_EQ(code_of(find_language("nb")), "no");
  EXPECT_EQ(find_language("en-GB"), nullptr);
  EXPECT_EQ(find_language(""), nullptr);
}

// The stems of the published vocabularies of Snowball's algorithms, accents taken off.
TEST(Language, StemsAreSnowballs) {
  const auto stem = [&](const char* code, const char* word) {
    return stem_of(word, *find_language(code));
  };
  EXPECT_EQ(stem("de", "aufeinanderfolgenden"), "aufeinanderfolg");
  EXPECT_EQ(stem("de", "Kategorien"), "kategori");
  EXPECT_EQ(stem("fr", "continuellement"), "continuel");
  EXPECT_EQ(stem("fr", "Majestés"), "majest");
  EXPECT_EQ(stem("es", "torneados"), "torn");
  EXPECT_EQ(stem("it", "abbandonata"), "abbandon");
  EXPECT_EQ(stem("ru", "важнейшими"), "важн");
}

TEST(Language, EveryLanguageHasAStemmerAndWords) {
  for (const Language& language : stemmed_languages())
    EXPECT_FALSE(stem_of("informacion", language).empty()) << language.code;
  EXPECT_TRUE(is_function_word(*find_language("de"), "fur"));
  EXPECT_FALSE(is_function_word(*find_language("fr"), "und"));
}

}  // namespace
}  // namespace carrel

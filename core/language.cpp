#include "core/language.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include <libstemmer.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"

namespace carrel {
namespace {

struct Vocabulary {
  Language language;
  std::string_view function_words;
};

// Words of high frequency and little meaning, so that some stand in any sentence; none that is a
// common word of meaning in English or in another language of the table.
constexpr std::array kVocabularies = {
    Vocabulary{
        {"de", "german"},
        "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein "
        "keine keinen ist sind waren wird werden wurde wurden hat haben hatte ich du er sie "
        "wir ihr uns mich mir dich dir ihn ihm sich mein meine meinen meiner dein sein seine "
        "seinen unser unsere zu zum zur im von vom mit bei beim nach aus auf fur uber unter "
        "vor durch gegen ohne bis um als wie wenn dass ob weil auch nur noch schon sehr kann "
        "konnen muss mussen soll darf durfen wer wo wann warum wieviel wie viele welche "
        "welcher welches welchen es so dann hier"},
    Vocabulary{
        {"fr", "french"},
        "le la les l un une des du de d et ou mais donc ne pas est sont etait ont avait etre "
        "avoir je tu il elle nous vous ils elles me te se lui leur leurs mon ma mes ton ta tes "
        "son sa ses notre nos votre vos ce cet cette ces au aux dans par pour sur sous avec "
        "sans chez entre vers que qui quoi dont quel quelle quels quelles quand comment "
        "pourquoi combien y si plus peut doit doivent peuvent fait qu n s j c"},
    Vocabulary{
        {"es", "spanish"},
        "el la los las un una unos unas y e o u pero no es son era fue ser ha han yo tu ella "
        "nosotros ellos ellas me te se le les lo mi mis su sus nuestro nuestra del al de en con "
        "por para sin sobre entre hasta desde que quien cual cuales cuando donde como cuanto "
        "cuantos cuanta cuantas cuantas si mas muy este esta estos estas ese esa debe puede "
        "pueden hay"},
    Vocabulary{
        {"it", "italian"},
        "il lo la i gli le un uno una e o ma non sono era essere ha hanno io tu lui lei noi voi "
        "loro mi ti si ci vi mio mia suo sua suoi nostro di del dello della dei degli delle a al "
        "allo alla ai agli alle da dal dalla dai in nel nello nella nei nelle con su sul sulla "
        "per tra fra che chi cui quale quali quando dove come quanto quanti quante perche se "
        "piu anche questo questa questi puo deve possono"},
    Vocabulary{
        {"pt", "portuguese"},
        "o a os as um uma uns umas e ou mas nao sao era foi ser tem ter eu ele ela nos eles elas "
        "me te se lhe meu minha seu sua seus suas nosso nossa do da dos das de em no na nos nas "
        "ao aos pelo pela com por para sem sobre entre ate desde que quem qual quais quando onde "
        "como quanto quantos quantas se mais muito este esta isso pode podem deve"},
    Vocabulary{
        {"nl", "dutch"},
        "de het een en of maar niet geen is zijn was waren wordt worden werd heeft hebben had ik "
        "je jij u hij zij ze wij we jullie hen hun mijn jouw uw ons onze zich van voor met op aan "
        "bij naar uit over onder door tegen zonder tot om als dan dat die dit deze wie wat waar "
        "wanneer hoe hoeveel welke waarom ook nog al er kan kunnen moet moeten mag mogen zal"},
    Vocabulary{
        {"sv", "swedish"},
        "och eller men att en ett den det de som ar var inte har hade jag du han hon vi ni mig dig "
        "sig min mitt mina din sin sitt sina oss vara vart i pa av for med till fran om hos under "
        "utan mellan vid hur vad vem nar varfor vilken vilka vilket manga mycket ska kan maste far "
        "bli blir denna detta dessa nagon"},
    Vocabulary{
        {"da", "danish"},
        "og eller men at en et den det de som er var ikke har havde jeg du han hun vi mig dig sig "
        "min mit mine din sin sit sine os vores i pa af for med til fra om hos uden mellem ved "
        "hvordan hvad hvem hvornar hvorfor hvilken hvilke hvor mange meget skal kan ma bliver "
        "denne dette disse nogen efter"},
    Vocabulary{
        {"no", "norwegian"},
        "og eller men at en et ei den det de som er var ikke har hadde jeg du han hun vi meg deg "
        "seg min mitt mine din sin sitt sine oss vare i pa av for med til fra om hos uten mellom "
        "ved hvordan hva hvem nar hvorfor hvilken hvilke hvor mange mye skal kan ma blir denne "
        "dette disse noen etter"},
    Vocabulary{
        {"fi", "finnish"},
        "ja tai mutta on ovat oli olivat ei eivat se ne han he mina sina me te tama nama joka "
        "jotka "
        "etta jos kun kuin niin myos mika mita kuka missa milloin miksi miten kuinka monta paljon "
        "ole olla voi pitaa taytyy saa sen sita siita niiden hanen meidan teidan mukaan ennen "
        "jalkeen"},
    Vocabulary{
        {"hu", "hungarian"},
        "a az egy es vagy de nem van vannak volt voltak lesz hogy ha mint is csak meg mar en te o "
        "mi "
        "ti ok ez ezek azok ki mit hol mikor miert hogyan hany mennyi melyik kell lehet szerint "
        "utan elott alatt kozott sem"},
    Vocabulary{
        {"ro", "romanian"},
        "un o si sau dar nu este sunt era au fost fi eu tu el ea noi voi ei ele imi isi mea meu "
        "lui "
        "lor de la in pe cu din pentru prin fara intre sub despre ca cine cum cand unde cat cati "
        "cate care se mai foarte acest aceasta acesta poate trebuie al ale"},
    Vocabulary{{"ca", "catalan"},
               "el la els les un una uns unes i o pero no es son era ha han jo tu ell ella "
               "nosaltres ells em "
               "et es li els meu meva seu seva del al dels als de en amb per sense sobre entre "
               "fins des que "
               "qui qual quan on com quant quants quantes si mes molt aquest aquesta pot ha"},
    Vocabulary{{"tr", "turkish"},
               "ve veya ama bir bu su o ben sen biz siz onlar ile icin gibi kadar daha cok en ne "
               "kim nerede "
               "nasil neden kac hangi degil var yok olarak olan oldugu mi da de ki ise her gore "
               "sonra once"},
    Vocabulary{
        {"ru", "russian"},
        "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее "
        "мне "
        "было вот от меня еще нет о из ему когда даже ли если или быть был него до вас они тут где "
        "есть для мы их чем была без чего кто какой какая какие который которые сколько при это "
        "эта "
        "этот эти можно должен"},
    Vocabulary{
        {"id", "indonesian"},
        "yang dan di dengan untuk dari pada ini itu adalah tidak dalam akan oleh ke atau juga saya "
        "anda kami kita mereka dia apa siapa kapan bagaimana mengapa berapa mana dapat harus telah "
        "sudah bisa sebagai karena"},
    Vocabulary{{"eu", "basque"},
               "eta da ez dira du dute ere izan zen ziren edo baina bat batzuk hau hori hura nik "
               "zuk haiek "
               "zer nor non noiz nola zergatik zenbat zein baino bere egin behar daiteke"},
    Vocabulary{{"ga", "irish"},
               "agus an na is ar ag le do ach ni nach ta bhi se siad me tu sibh faoi gan idir mar "
               "go nuair "
               "cad ce conas cathain cen seo sin"},
    Vocabulary{{"lt", "lithuanian"},
               "ir yra kad su is i tai bet buvo kaip ne ar as tu jis ji mes jie apie prie nuo iki "
               "per po kas "
               "kur kada kodel kiek kuris kuri turi gali jei taip pat"},
    Vocabulary{{"el", "greek"},
               "ο η το οι τα του της των τον την τους τις και ή αλλά δεν είναι ήταν έχει έχουν να "
               "θα που πως "
               "με σε στο στη στην στον στους στις από για ως κατά μετά ποιος ποια πότε πού πώς "
               "γιατί πόσο "
               "πόσες πόσα αυτό αυτή αν ότι μπορεί πρέπει"},
    Vocabulary{{"ar", "arabic"},
               "في من على إلى عن مع أن إن لا ما هو هي هم هذا هذه ذلك التي الذي كان كانت قد لم لن "
               "أو ثم كل بعد "
               "قبل بين متى أين كيف لماذا كم"},
    Vocabulary{
        {"hi", "hindi"},
        "है हैं के में की का को और से पर यह वह नहीं था थे थी एक इस उस ने भी लिए कि जो तो या कब कहाँ कैसे क्यों "
        "कितने कितना कौन क्या"},
    Vocabulary{{"hy", "armenian"},
               "և եւ է են էր էին որ ու մի այս այդ այն չէ ոչ մեջ հետ համար մասին եթե կամ բայց ով "
               "ինչ երբ որտեղ "
               "ինչպես ինչու քանի"},
};

constexpr std::size_t kCount = kVocabularies.size();

// Which languages, and English, use a word to say little: one bit each, English the last.
class Tables {
 public:
  static const Tables& get() {
    static const Tables tables;
    return tables;
  }

  std::uint32_t languages_of(std::string_view folded) const {
    const auto it = masks_.find(std::string(folded));
    return it == masks_.end() ? 0 : it->second;
  }
  std::span<const Language> languages() const { return languages_; }

 private:
  Tables() {
    for (std::size_t i = 0; i < kCount; ++i) {
      languages_[i] = kVocabularies[i].language;
      std::string_view left = kVocabularies[i].function_words;
      while (!left.empty()) {
        const std::size_t space = std::min(left.find(' '), left.size());
        masks_[Analyzer::fold(left.substr(0, space))] |= std::uint32_t{1} << i;
        left.remove_prefix(std::min(space + 1, left.size()));
      }
    }
  }

  std::array<Language, kCount> languages_;
  std::unordered_map<std::string, std::uint32_t> masks_;
};
static_assert(kCount < 32);

struct Counts {
  std::size_t words = 0;
  std::array<std::size_t, kCount + 1> function_words{};  // English last
};

Counts count(std::string_view text) {
  static const Analyzer analyzer;
  Counts out;
  for (const Word& word : analyzer.words(text)) {
    ++out.words;
    const std::string folded = Analyzer::fold(text.substr(word.span.begin, word.span.size()));
    const std::uint32_t mask = Tables::get().languages_of(folded);
    for (std::size_t i = 0; i < kCount; ++i) out.function_words[i] += (mask >> i) & 1U;
    out.function_words[kCount] += word.is_stop_word ? 1 : 0;
  }
  return out;
}

// The language with the most function words, if there are `least` of them and no other has as many.
const Language* leader(const Counts& counts, std::size_t least) {
  const auto& of = counts.function_words;
  const std::size_t best =
      static_cast<std::size_t>(std::max_element(of.begin(), of.end()) - of.begin());
  if (best == kCount || of[best] < std::max<std::size_t>(least, 1)) return nullptr;
  if (std::count(of.begin(), of.end(), of[best]) > 1) return nullptr;
  return &Tables::get().languages()[best];
}

// Case-folded, accents kept and composed.
std::string lower(std::string_view word) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCCasefoldInstance(status);
  CARREL_ASSERT(U_SUCCESS(status));
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(word.data(), static_cast<std::int32_t>(word.size())));
  std::string out;
  nfkc->normalize(text, status).toUTF8String(out);
  return out;
}

struct StemmerDeleter {
  void operator()(sb_stemmer* s) const noexcept { sb_stemmer_delete(s); }
};

}  // namespace

std::span<const Language> stemmed_languages() { return Tables::get().languages(); }

const Language* find_language(std::string_view tag) {
  std::string code = Analyzer::fold(tag.substr(0, tag.find_first_of("-_")));
  if (code == "nb" || code == "nn") code = "no";
  for (const Language& language : stemmed_languages())
    if (language.code == code) return &language;
  return nullptr;
}

bool is_function_word(const Language& language, std::string_view folded) {
  const auto place = static_cast<std::size_t>(&language - stemmed_languages().data());
  return ((Tables::get().languages_of(folded) >> place) & 1U) != 0;
}

std::string stem_of(std::string_view word, const Language& language) {
  thread_local std::unordered_map<std::string_view, std::unique_ptr<sb_stemmer, StemmerDeleter>>
      stemmers;
  auto& stemmer = stemmers[language.stemmer];
  if (stemmer == nullptr) {
    stemmer.reset(sb_stemmer_new(std::string(language.stemmer).c_str(), "UTF_8"));
    CARREL_ASSERT(stemmer != nullptr);
  }
  std::string out =
      lower(word.substr(0, floor_to_code_point(word, std::min(word.size(), 2 * kTermBytesMax))));
  const auto* stem = sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(out.data()),
                                     static_cast<int>(out.size()));
  if (stem != nullptr)
    out.assign(reinterpret_cast<const char*>(stem),
               static_cast<std::size_t>(sb_stemmer_length(stemmer.get())));
  return std::string(truncate_utf8(Analyzer::fold(out), kTermBytesMax));
}

const Language* language_of_text(std::string_view text) {
  constexpr std::size_t kBytes = 64 << 10;
  constexpr std::size_t kShare = 8;  // one word in so many, at least
  const Counts counts =
      count(text.substr(0, floor_to_code_point(text, std::min(kBytes, text.size()))));
  return leader(counts, std::max<std::size_t>(3, counts.words / kShare));
}

const Language* language_of_question(std::string_view question) {
  const Counts counts = count(question);
  return leader(counts, std::min<std::size_t>(2, (counts.words + 2) / 3));
}

}  // namespace carrel

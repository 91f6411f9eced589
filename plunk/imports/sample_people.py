"""Names and places for sample data, in the scripts that real contacts are written in; all invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """Given and family names as `(as people write it, in Latin letters for an address)`, and `(country, city)`.

    `weight` is how often people of the sample come from here.
    """

    weight: int
    given: tuple[tuple[str, str], ...]
    family: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    companies: tuple[str, ...] = ()
    is_family_first: bool = False
    joint: str = " "


def _names(text: str) -> tuple[tuple[str, str], ...]:
    """`Jürgen/juergen Ann`: a name in plain letters stands for itself."""
    pairs = (word.partition("/") for word in text.split())
    return tuple((name, latin or name.lower()) for name, _, latin in pairs)


def _places(country: str, cities: str) -> tuple[tuple[str, str], ...]:
    return tuple((country, city) for city in cities.split(", "))


COMPANIES = (
    "Northwind & Daughters",
    "Blue Harbor, Inc.",
    "Aurora Labs",
    "Kiln & Clay",
    "Tall Trees",
    "Paper Lantern",
    "Second Wind Ltd",
)
"""Found anywhere, beside those of a region."""
TAGS = ("beta", "newsletter", "partner", "vip", "webinar", "workshop")

REGIONS = (
    Region(
        9,
        _names("Grace Maya Oliver Ruby Samuel Theo Zoe Priya Aisha Liam"),
        _names("Walker Okafor O’Neill/oneill Bennett Smith-Jones/smith-jones Reid Turner Adams"),
        (
            *_places("US", "Austin, Boston, Portland, San José"),
            *_places("GB", "Leeds, Cardiff, London"),
            *_places("CA", "Montréal, Toronto"),
        ),
        companies=("Fern & Field", "Cobalt Cycles"),
    ),
    Region(
        6,
        _names("Jürgen/juergen Anneliese Björn/bjoern Mia Lukas Käthe/kaethe Emre Ida"),
        _names("Müller/mueller Groß/gross Schäfer/schaefer Vogel Weiß/weiss Lang Yılmaz/yilmaz"),
        (
            *_places("DE", "Berlin, München, Köln, Lübeck"),
            *_places("AT", "Wien, Linz"),
            *_places("CH", "Zürich"),
        ),
        companies=("Brücke GmbH", "Bäckerei Groß"),
    ),
    Region(
        4,
        _names("Chloé/chloe Léo/leo Hélène/helene François/francois Manon Noé/noe"),
        _names("Lefèvre/lefevre Dubois Garçon/garcon Moreau Nguyễn/nguyen Béranger/beranger"),
        (*_places("FR", "Paris, Besançon, Nîmes, Lyon"), *_places("BE", "Liège, Namur")),
        companies=("Café Le Coin", "Atelier Été"),
    ),
    Region(
        4,
        _names("Sofía/sofia Iñigo/inigo Álvaro/alvaro Lucía/lucia João/joao Inês/ines Thaís/thais"),
        _names("Muñoz/munoz García/garcia Peña/pena Gonçalves/goncalves Araújo/araujo Núñez/nunez"),
        (
            *_places("ES", "Málaga, Bilbao, A Coruña"),
            *_places("MX", "Mérida, Ciudad de México"),
            *_places("BR", "São Paulo, Recife"),
            *_places("PT", "Porto"),
        ),
        companies=("Óptica Sur", "Pão & Cia"),
    ),
    Region(
        3,
        _names("Łukasz/lukasz Małgorzata/malgorzata Zofia Jiří/jiri Božena/bozena Ágnes/agnes Åsa/asa"),
        _names("Wójcik/wojcik Dvořák/dvorak Szabó/szabo Öström/ostrom Żak/zak Þórsson/thorsson"),
        (
            *_places("PL", "Łódź, Kraków, Gdańsk"),
            *_places("CZ", "Brno, Plzeň"),
            *_places("HU", "Győr"),
            *_places("SE", "Malmö"),
            *_places("IS", "Reykjavík"),
        ),
        companies=("Sól i Pieprz", "Žlutý Kůň"),
    ),
    Region(
        3,
        _names("Олена/olena Тарас/taras Марія/mariia Андрій/andrii Іванна/ivanna Ґалина/galyna"),
        _names("Шевчук/shevchuk Коваль/koval Бойко/boiko Щербак/shcherbak Мельник/melnyk"),
        (*_places("UA", "Київ, Львів, Одеса"), *_places("BG", "София, Варна")),
        companies=("Ательє Липа", "Синій Птах"),
    ),
    Region(
        2,
        _names("Ελένη/eleni Γιώργος/giorgos Μαρία/maria Νίκος/nikos Δήμητρα/dimitra"),
        _names("Παπαδάκη/papadaki Νικολάου/nikolaou Ιωάννου/ioannou Βλάχος/vlachos"),
        _places("GR", "Αθήνα, Θεσσαλονίκη, Χανιά"),
        companies=("Ελιά & Υιοί",),
    ),
    Region(
        3,
        _names("ليلى/layla عمر/omar فاطمة/fatima يوسف/yusuf مريم/maryam خالد/khalid"),
        _names("الخطيب/alkhatib حداد/haddad منصور/mansour النجار/alnajjar"),
        (*_places("EG", "القاهرة, الإسكندرية"), *_places("MA", "الرباط"), *_places("JO", "عمّان")),
        companies=("شركة النخيل", "مكتبة القمر"),
    ),
    Region(
        1,
        _names("נועה/noa איתן/eitan תמר/tamar יובל/yuval"),
        _names("לוי/levi מזרחי/mizrahi ברק/barak שקד/shaked"),
        _places("IL", "חיפה, תל אביב"),
        companies=("בית הזית",),
    ),
    Region(
        4,
        _names("अनिका/anika रोहन/rohan प्रिया/priya विक्रम/vikram मीरा/meera"),
        _names("शर्मा/sharma वर्मा/verma जोशी/joshi पटेल/patel"),
        _places("IN", "मुंबई, दिल्ली, जयपुर"),
        companies=("नीलगिरी चाय",),
    ),
    Region(
        3,
        _names("美咲/misaki 健太/kenta さくら/sakura 翔太/shota"),
        _names("佐藤/sato 高橋/takahashi 渡辺/watanabe 小林/kobayashi"),
        _places("JP", "東京, 大阪, 札幌"),
        is_family_first=True,
        companies=("株式会社みどり",),
    ),
    Region(
        3,
        _names("伟/wei 秀英/xiuying 子涵/zihan 雅婷/yating"),
        _names("王/wang 李/li 陳/chen 歐陽/ouyang"),
        (*_places("CN", "上海, 成都"), *_places("TW", "臺北")),
        is_family_first=True,
        joint="",
        companies=("青山茶业",),
    ),
    Region(
        2,
        _names("지우/jiwoo 서준/seojun 하은/haeun 민준/minjun"),
        _names("김/kim 이/lee 박/park 최/choi"),
        _places("KR", "서울, 부산"),
        is_family_first=True,
        joint="",
        companies=("한빛상사",),
    ),
    Region(
        1,
        _names("สมชาย/somchai กานดา/kanda ณัฐ/nat"),
        _names("ใจดี/jaidee สุขใจ/sukjai ศรีสุข/srisuk"),
        _places("TH", "กรุงเทพฯ, เชียงใหม่"),
        companies=("ร้านดอกไม้",),
    ),
    Region(
        1,
        _names("நிலா/nila அருண்/arun கவிதா/kavitha"),
        _names("குமார்/kumar ராஜன்/rajan"),
        _places("IN", "சென்னை, மதுரை"),
    ),
    Region(
        1,
        _names("আনিকা/anika রাহুল/rahul"),
        _names("সেন/sen রায়/roy"),
        _places("IN", "কলকাতা"),
    ),
    Region(
        1,
        _names("ნინო/nino გიორგი/giorgi თამარ/tamar"),
        _names("ბერიძე/beridze კაპანაძე/kapanadze"),
        _places("GE", "თბილისი, ბათუმი"),
    ),
    Region(
        1,
        _names("Արամ/aram Անի/ani Նարե/nare"),
        _names("Պետրոսյան/petrosyan Սարգսյան/sargsyan"),
        _places("AM", "Երևան"),
    ),
    Region(
        1,
        _names("ሰላም/selam አበበ/abebe"),
        _names("ተስፋዬ/tesfaye ገብሬ/gebre"),
        _places("ET", "አዲስ አበባ"),
    ),
)

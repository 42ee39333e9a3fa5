"""The same three invented stories in many languages, with questions and the sentences that answer.

Each article has a sentence that answers, and others about the same things that do not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the sentence that answers it."""

    question: str
    sentence: str


LIGHTHOUSE = {
    "de": "Der Leuchtturm von Skerrik steht seit 1921 auf einem Felsen vor der Küste. Er wurde nach "
    "einem Schiffsunglück gebaut, bei dem elf Fischer ertranken. Der letzte Leuchtturmwärter hieß "
    "Olaf Brenn und ging 1988 in Rente. Heute wird das Licht aus der Stadt gesteuert.",
    "es": "El faro de Punta Skerrik se levantó en 1921 sobre una roca frente a la costa. Once "
    "pescadores se habían ahogado allí en un naufragio. El último farero, Olaf Brenn, se jubiló en "
    "1988. Hoy la luz se controla desde la ciudad.",
    "fr": "Le phare de Skerrik se dresse depuis 1921 sur un rocher au large de la côte. Onze "
    "pêcheurs s’étaient noyés dans un naufrage. Le dernier gardien, Olaf Brenn, a pris sa retraite "
    "en 1988. Aujourd’hui la lumière est commandée depuis la ville.",
    "ru": "Маяк на мысе Скеррик стоит на скале у берега с 1921 года. Его построили после "
    "кораблекрушения, при котором утонули одиннадцать рыбаков. Последним смотрителем маяка был "
    "Олаф Бренн, ушедший на пенсию в 1988 году. Сегодня огнём управляют из города.",
    "zh": "斯凯里克灯塔自1921年起矗立在海岸外的岩石上。此前有十一名渔民在一次海难中溺水身亡。最后一位"
    "守塔人奥拉夫·布伦于1988年退休。如今灯光由城里控制。",
    "ja": "スケリック灯台は１９２１年から沖の岩の上に立っている。その前に、十一人の漁師が難破でおぼれた。"
    "最後の灯台守オラフ・ブレンは1988年に引退した。今では明かりは町から操作されている。",
    "ko": "스케릭 등대는 1921년부터 해안 앞 바위 위에 서 있다. 그전에 어부 열한 명이 난파 사고로 "
    "익사했다. 마지막 등대지기 올라프 브렌은 1988년에 은퇴했다. 오늘날 불빛은 시내에서 조종된다.",
    "ar": "تقف منارة سكيريك منذ عام ١٩٢١ على صخرة قبالة الساحل. وكان أحد عشر صيادًا قد غرقوا هناك. "
    "تقاعد آخر حارس للمنارة، أولاف برين، في عام 1988. واليوم يُدار الضوء من المدينة.",
    "th": "ประภาคารสเกอริกตั้งอยู่บนโขดหินนอกชายฝั่งตั้งแต่ปี 1921\n\n"
    "ผู้ดูแลประภาคารคนสุดท้ายเกษียณในปี 1988\n\nวันนี้แสงไฟถูกควบคุมจากในเมือง",
}
BAKERY = {
    "de": "Die Bäckerei von Ines Moller hat am Freitag den Preis für das beste Roggenbrot gewonnen. "
    "In ihrer Backstube werden jede Nacht 300 Brote gebacken. Der Sauerteig stammt von ihrer "
    "Großmutter. Der Bürgermeister überreichte ihr einen silbernen Löffel.",
    "es": "La panadería de Inés Moller ganó el viernes el premio al mejor pan de centeno. Cada noche "
    "se hornean allí 300 panes. La masa madre la empezó su abuela. El alcalde le entregó una cuchara "
    "de plata.",
    "fr": "La boulangerie d’Inès Moller a remporté vendredi le prix du meilleur pain de seigle. "
    "Chaque nuit, 300 pains y sont cuits. Le levain vient de sa grand-mère. Le maire lui a remis une "
    "cuillère en argent.",
    "ru": "Пекарня Инес Моллер в пятницу получила награду за лучший ржаной хлеб. Каждую ночь там "
    "пекут 300 буханок. Закваску начала её бабушка. Мэр вручил ей серебряную ложку.",
    "zh": "伊内斯·莫勒的面包店周五赢得了最佳黑麦面包奖。那里每晚烤制300个面包。酸面团是她的祖母传下来的。"
    "市长送给她一把银勺。",
    "ja": "イネス・モラーのパン屋は金曜日、最高のライ麦パンの賞を受けた。そこでは毎晩三百個のパンが焼かれる。"
    "パン種は祖母から受け継いだものだ。市長は彼女に銀のスプーンを贈った。",
    "ko": "이네스 몰러의 빵집이 금요일에 최고의 호밀빵 상을 받았다. 그곳에서는 매일 밤 빵 300개를 굽는다. "
    "발효종은 할머니가 시작한 것이다. 시장은 은수저를 선물했다.",
    "ar": "فاز مخبز إيناس مولر يوم الجمعة بجائزة أفضل خبز من الجاودار. يُخبز فيه كل ليلة 300 رغيف. "
    "بدأت جدتها الخميرة. وأهداها رئيس البلدية ملعقةً فضية.",
    "th": "ร้านเบเกอรี่ของอิเนส มอลเลอร์ ได้รับรางวัลขนมปังข้าวไรย์ยอดเยี่ยม\n\nที่นั่นอบขนมปัง 300 ก้อนทุกคืน\n\n"
    "นายกเทศมนตรีมอบช้อนเงินให้เธอ",
}
GLACIER = {
    "de": "Ein See auf dem Vorngletscher ist über Nacht ausgelaufen. Die Hydrologin Petra Hallin "
    "hatte im Mai davor gewarnt. Verletzt wurde niemand, aber eine Fußgängerbrücke ging verloren.",
    "es": "Un lago del glaciar Vorn se vació durante la noche. La hidróloga Petra Hallin lo había "
    "advertido en mayo. Nadie resultó herido, pero se perdió una pasarela.",
    "fr": "Un lac du glacier de Vorn s’est vidé pendant la nuit. L’hydrologue Petra Hallin avait "
    "donné l’alerte en mai. Personne n’a été blessé, mais une passerelle a été perdue.",
    "ru": "Озеро на леднике Ворн за ночь вытекло. Гидролог Петра Халлин предупреждала об этом в мае. "
    "Никто не пострадал, но пешеходный мост был потерян.",
    "zh": "沃恩冰川上的一个湖泊一夜之间排空。水文学家佩特拉·哈林曾在五月发出警告。没有人受伤，"
    "但一座人行桥被冲走了。",
    "ja": "ヴォルン氷河の湖が一夜で空になった。水文学者のペトラ・ハリンは五月に警告していた。"
    "けが人はいなかったが、歩道橋が流された。",
    "ko": "보른 빙하의 호수가 하룻밤 사이에 빠져나갔다. 수문학자 페트라 할린은 5월에 이를 경고했다. 다친 "
    "사람은 없었지만 보행자 다리가 사라졌다.",
    "ar": "فرغت بحيرة على نهر فورن الجليدي خلال الليل. وكانت عالمة المياه بيترا هالين قد حذرت من ذلك في "
    "مايو. لم يُصب أحد، لكن جسرًا للمشاة جُرف.",
    "th": "ทะเลสาบบนธารน้ำแข็งวอร์นไหลออกจนหมดในชั่วข้ามคืน\n\nเพตรา ฮัลลิน นักอุทกวิทยา เตือนไว้ในเดือนพฤษภาคม",
}

ASKED = {
    "de": [
        Asked(
            "Wann ging der letzte Wärter des Leuchtturms in Rente?",
            "Der letzte Leuchtturmwärter hieß Olaf Brenn und ging 1988 in Rente.",
        ),
        Asked(
            "Wie viele Brote backt man nachts in der Backstube?",
            "In ihrer Backstube werden jede Nacht 300 Brote gebacken.",
        ),
        Asked(
            "Welche Hydrologin warnte im Mai?",
            "Die Hydrologin Petra Hallin hatte im Mai davor gewarnt.",
        ),
    ],
    "es": [
        Asked(
            "¿Cuándo se jubilaron los últimos fareros?",
            "El último farero, Olaf Brenn, se jubiló en 1988.",
        ),
        Asked("¿Cuantos panes hornean cada noche?", "Cada noche se hornean allí 300 panes."),
        Asked(
            "¿Qué hidróloga lo advirtió en mayo?",
            "La hidróloga Petra Hallin lo había advertido en mayo.",
        ),
    ],
    "fr": [
        Asked(
            "Quand le dernier gardien du phare a-t-il pris sa retraite ?",
            "Le dernier gardien, Olaf Brenn, a pris sa retraite en 1988.",
        ),
        Asked("Combien de pains cuit-on la nuit ?", "Chaque nuit, 300 pains y sont cuits."),
    ],
    "ru": [
        Asked(
            "Когда ушёл на пенсию последний смотритель маяка?",
            "Последним смотрителем маяка был Олаф Бренн, ушедший на пенсию в 1988 году.",
        ),
        Asked("Сколько буханок пекут каждой ночью?", "Каждую ночь там пекут 300 буханок."),
        Asked(
            "Кто предупреждал о леднике?",
            "Гидролог Петра Халлин предупреждала об этом в мае.",
        ),
    ],
    "zh": [
        Asked("守塔人是哪一年退休的？", "最后一位守塔人奥拉夫·布伦于1988年退休。"),
        Asked("面包店每晚烤多少个面包？", "那里每晚烤制300个面包。"),
        Asked("谁在五月警告过？", "水文学家佩特拉·哈林曾在五月发出警告。"),
    ],
    "ja": [
        Asked("最後の灯台守はいつ引退しましたか？", "最後の灯台守オラフ・ブレンは1988年に引退した。"),
        Asked("毎晩何個のパンが焼かれますか？", "そこでは毎晩三百個のパンが焼かれる。"),
        Asked("五月に警告したのは誰ですか？", "水文学者のペトラ・ハリンは五月に警告していた。"),
    ],
    "ko": [
        Asked("마지막 등대지기는 언제 은퇴했나요?", "마지막 등대지기 올라프 브렌은 1988년에 은퇴했다."),
        Asked("매일 밤 빵을 몇 개 굽나요?", "그곳에서는 매일 밤 빵 300개를 굽는다."),
        Asked("5월에 경고한 사람은 누구인가요?", "수문학자 페트라 할린은 5월에 이를 경고했다."),
    ],
    "ar": [
        Asked("متى تقاعد حارس المنارة؟", "تقاعد آخر حارس للمنارة، أولاف برين، في عام 1988."),
        Asked("كم رغيفا يخبز كل ليلة؟", "يُخبز فيه كل ليلة 300 رغيف."),
        Asked("من حذر في مايو؟", "وكانت عالمة المياه بيترا هالين قد حذرت من ذلك في مايو."),
    ],
    "th": [
        Asked("ผู้ดูแลประภาคารเกษียณปีใด", "ผู้ดูแลประภาคารคนสุดท้ายเกษียณในปี 1988"),
        Asked("อบขนมปังกี่ก้อนทุกคืน", "ที่นั่นอบขนมปัง 300 ก้อนทุกคืน"),
    ],
}

TITLES = {"lighthouse": LIGHTHOUSE, "bakery": BAKERY, "glacier": GLACIER}


def articles() -> list[dict[str, str]]:
    """All stories in all languages."""
    return [
        {"id": f"{name}-{code}", "title": f"{name} {code}", "text": text}
        for name, story in TITLES.items()
        for code, text in story.items()
    ]

"""Short invented news in eight other languages, with the words a site puts around its articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: its news in sentences with slots, and how it writes bylines and dates."""

    code: str
    names: tuple[str, ...]
    papers: tuple[str, ...]
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    byline: str
    months: tuple[str, ...]
    dated: str
    read_more: str
    around: tuple[str, ...]
    space: str = " "

    def date_line(self, day: date) -> str:
        """A date as readers of this language see it."""
        month = self.months[day.month - 1] if self.months else str(day.month)
        return self.dated.format(day=day.day, month=month, year=day.year)

    def paragraphs(self, random: Random) -> list[str]:
        """The paragraphs of one story."""
        person, other = random.sample(self.names, 2)
        told = [
            line.format(a=person, b=other, n=random.randint(12, 48), y=random.randint(1921, 1998))
            for line in random.sample(self.sentences, len(self.sentences))
        ]
        paragraphs = []
        while told:
            taken = random.randint(1, 3)
            paragraphs.append(self.space.join(told[:taken]))
            told = told[taken:]
        return paragraphs


GERMAN = Tongue(
    "de",
    ("Max Muster", "Anneliese Kröger", "Jörg Weißhaupt", "Hanna Lüders", "Tobias von Stetten"),
    ("Möwenkurier", "Die Elbmarsch", "Talbote", "Der Wiesengrunder Anzeiger"),
    (
        "Gemeinderat stimmt für den Abriss der alten Mühle",
        "Warum die Fähre nach Süderoog nicht mehr fährt",
        "Ein Leuchtturm sucht einen Besitzer",
    ),
    (
        "Der Gemeinderat hat am Dienstagabend mit knapper Mehrheit beschlossen, die alte Mühle am Fluss abzureißen.",
        "„Wir haben {n} Jahre lang auf eine Antwort gewartet“, sagte {a}, der die Bürgerinitiative gegründet hat.",
        "Die Sanierung hätte nach Angaben der Verwaltung rund {n} Millionen Kronen gekostet, doppelt so viel wie geplant.",
        "Das Gebäude stammt aus dem Jahr {y} und steht seit dem Hochwasser leer.",
        "{b} vom Heimatverein spricht von einem schwarzen Tag für das ganze Tal.",
        "Im Herbst sollen die ersten Bagger anrücken, wenn bis dahin niemand klagt.",
        "Eine Umfrage unter {n} Haushalten ergab, dass die meisten Anwohner lieber einen Park hätten.",
        "Die Steine der Grundmauern kommen ins Museum, wo sie neben dem Mühlrad ausgestellt werden.",
        "Ob die Schule nebenan während der Arbeiten geöffnet bleibt, ist noch nicht entschieden.",
        "Am Ende der Sitzung verließen drei Mitglieder den Saal, ohne ein Wort zu sagen.",
    ),
    "Von {}",
    tuple(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
    ),
    "{day}. {month} {year}",
    "Lesen Sie auch: {}",
    (
        "Anzeige",
        "Wir verwenden Cookies. Mit einem Klick auf „Akzeptieren“ stimmen Sie zu.",
        "Newsletter abonnieren",
        "Kommentare",
        "Impressum",
        "Datenschutz",
        "Artikel teilen",
    ),
)
SPANISH = Tongue(
    "es",
    ("Lucía Herrero", "Andrés Cifuentes", "Pilar Montoya", "Ramón del Valle", "Inés Garrido"),
    ("El Correo de la Ría", "La Voz del Páramo", "Diario del Faro", "Crónica Serrana"),
    (
        "El ayuntamiento aprueba la reapertura del puente viejo",
        "Los vecinos de Valdehierro piden un tren más",
        "La biblioteca que sobrevivió a tres inundaciones",
    ),
    (
        "El ayuntamiento aprobó el martes la reapertura del puente viejo tras {n} meses de obras.",
        "«Hemos esperado demasiado», dijo {a}, que vive junto al río desde {y}.",
        "La reparación costó {n} millones de coronas, un tercio más de lo previsto.",
        "El puente fue construido en {y} y solo se había pintado dos veces desde entonces.",
        "{b}, ingeniera de la comarca, advirtió de que los cimientos se habían movido.",
        "Los primeros autobuses cruzarán el río antes de que empiece el curso escolar.",
        "Una encuesta entre {n} familias mostró que la mayoría prefería un paso para peatones.",
        "Nadie del consorcio quiso responder a las preguntas sobre las facturas perdidas.",
        "Las piedras del arco central se guardan ahora en el museo del pueblo.",
        "Si el tiempo acompaña, la fiesta de inauguración será el último domingo del mes.",
    ),
    "Por {}",
    tuple(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
    ),
    "{day} de {month} de {year}",
    "Lea también: {}",
    (
        "Publicidad",
        "Utilizamos cookies propias y de terceros. Aceptar",
        "Suscríbete al boletín",
        "Comentarios",
        "Aviso legal",
        "Política de privacidad",
        "Compartir",
    ),
)
FRENCH = Tongue(
    "fr",
    ("Camille Rousset", "Étienne Lamarque", "Solène Kerguelen", "Hugo de Brissac", "Maud Tessier"),
    ("Le Courrier des Dunes", "La Gazette du Vallon", "L’Écho de la Rade"),
    (
        "Le conseil vote la reconstruction de la vieille halle",
        "À Port-Lannec, la dernière criée cherche un repreneur",
        "Le phare que personne ne voulait éteindre",
    ),
    (
        "Le conseil municipal a voté mardi soir la reconstruction de la vieille halle, fermée depuis {n} mois.",
        "« Nous avons assez attendu », a déclaré {a}, qui tient la boulangerie d’en face depuis {y}.",
        "Les travaux coûteront {n} millions de couronnes, presque deux fois la première estimation.",
        "Le bâtiment date de {y} et n’a été repeint que deux fois depuis.",
        "{b}, l’architecte du département, rappelle que les fondations ont bougé.",
        "Les premiers étals devraient rouvrir avant la fin de l’automne.",
        "Une enquête auprès de {n} foyers montre que la plupart préféraient un jardin.",
        "Personne à la régie n’a souhaité répondre aux questions sur les factures égarées.",
        "Les pierres de l’arcade seront conservées au musée du bourg.",
        "L’école voisine restera ouverte pendant toute la durée du chantier.",
    ),
    "Par {}",
    tuple(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
    ),
    "{day} {month} {year}",
    "Lire aussi : {}",
    (
        "Publicité",
        "Nous utilisons des cookies. Tout accepter",
        "Recevez notre newsletter",
        "Commentaires",
        "Mentions légales",
        "Partager cet article",
    ),
)
RUSSIAN = Tongue(
    "ru",
    ("Ирина Соколова", "Пётр Заречный", "Алексей Дубов", "Марина Кедрова", "Глеб Тихонов"),
    ("Речной вестник", "Голос долины", "Северный причал"),
    (
        "Городской совет решил восстановить старый мост",
        "Жители Заозёрска просят вернуть утренний паром",
        "Маяк, который никто не хотел гасить",
    ),
    (
        "Городской совет во вторник проголосовал за восстановление старого моста, закрытого {n} месяцев назад.",
        "«Мы ждали достаточно долго», — сказала {a}, которая живёт у реки с {y} года.",
        "Ремонт обойдётся в {n} миллионов крон, почти вдвое дороже первой оценки.",
        "Мост построили в {y} году, и с тех пор его красили только дважды.",
        "По словам инженера по имени {b}, опоры сместились на несколько сантиметров.",
        "Первые автобусы должны пройти по мосту до начала учебного года.",
        "Опрос {n} семей показал, что большинство предпочло бы пешеходный переход.",
        "В управлении отказались отвечать на вопросы о пропавших счетах.",
        "Камни средней арки хранятся теперь в городском музее.",
        "Если погода не подведёт, праздник состоится в последнее воскресенье месяца.",
    ),
    "Автор: {}",
    tuple(
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
    ),
    "{day} {month} {year}",
    "Читайте также: {}",
    (
        "Реклама",
        "Мы используем файлы cookie. Принять",
        "Подпишитесь на рассылку",
        "Комментарии",
        "О проекте",
        "Поделиться",
    ),
)
CHINESE = Tongue(
    "zh",
    ("王小河", "李青山", "陈若溪", "周明远"),
    ("河湾日报", "青谷晚报", "北岸新闻"),
    ("市议会决定重建老石桥", "渡口居民要求恢复早班船", "一座没有人愿意熄灭的灯塔"),
    (
        "市议会星期二晚上投票决定，重建已经关闭{n}个月的老石桥。",
        "“我们等得够久了，”从{y}年起就住在河边的{a}说。",
        "据估计，修复工程将耗资{n}百万克朗，几乎是最初预算的两倍。",
        "这座桥建于{y}年，此后只粉刷过两次。",
        "工程师{b}提醒说，桥墩已经移动了好几厘米。",
        "如果一切顺利，第一批公共汽车将在开学以前通过大桥。",
        "一项对{n}户家庭的调查显示，大多数居民更希望修一条步行道。",
        "负责部门拒绝回答有关丢失账单的问题。",
        "中间桥拱的石头现在保存在镇上的博物馆里。",
        "如果天气允许，庆祝活动将在本月最后一个星期日举行。",
    ),
    "记者 {}",
    (),
    "{year}年{month}月{day}日",
    "延伸阅读：{}",
    ("广告", "本网站使用Cookie。同意", "订阅电子报", "评论", "关于我们", "分享"),
    "",
)
KOREAN = Tongue(
    "ko",
    ("김유철", "이하늘", "박서연", "정민호"),
    ("강마을신문", "푸른골일보", "북항뉴스"),
    (
        "시의회, 오래된 돌다리 다시 짓기로",
        "나루터 주민들 “첫 배를 돌려 달라”",
        "아무도 끄고 싶지 않았던 등대",
    ),
    (
        "시의회는 화요일 밤 {n}개월 동안 닫혀 있던 오래된 돌다리를 다시 짓기로 의결했다.",
        "“우리는 충분히 오래 기다렸다”고 {y}년부터 강가에 살아온 {a} 씨는 말했다.",
        "복구 비용은 {n}백만 크로네로, 처음 예상의 거의 두 배에 이른다.",
        "이 다리는 {y}년에 세워졌고 그 뒤로 칠을 새로 한 것은 두 번뿐이다.",
        "기술자 {b} 씨는 교각이 몇 센티미터 움직였다고 경고했다.",
        "모든 일이 순조롭다면 새 학기 전에 첫 버스가 다리를 건너게 된다.",
        "{n}가구를 대상으로 한 조사에서 대부분의 주민은 걷는 길을 원한다고 답했다.",
        "담당 부서는 사라진 계산서에 관한 질문에 답하지 않았다.",
        "가운데 아치의 돌은 지금 마을 박물관에 보관되어 있다.",
        "날씨가 허락하면 잔치는 이달 마지막 일요일에 열린다.",
    ),
    "{} 기자",
    (),
    "{year}년 {month}월 {day}일",
    "관련 기사: {}",
    (
        "광고",
        "이 사이트는 쿠키를 사용합니다. 동의",
        "뉴스레터 구독",
        "댓글",
        "회사 소개",
        "공유하기",
    ),
)
JAPANESE = Tongue(
    "ja",
    ("山田花子", "佐藤健一", "高橋みどり", "森本大地"),
    ("川辺新報", "青谷新聞", "北浜ニュース"),
    (
        "市議会、古い石橋の再建を決定",
        "渡し場の住民、朝の船の復活を求める",
        "だれも消したくなかった灯台",
    ),
    (
        "市議会は火曜日の夜、{n}か月前から閉鎖されている古い石橋の再建を決めた。",
        "「もう十分に待ちました」と、{y}年から川のそばに住む{a}さんは話した。",
        "修復には{n}百万クローネかかる見込みで、当初の見積もりのほぼ二倍になる。",
        "この橋は{y}年に造られ、その後塗り直されたのは二度だけだ。",
        "技師の{b}さんは、橋脚が数センチ動いたと警告している。",
        "順調に進めば、新学期の前に最初のバスが橋を渡る。",
        "{n}世帯への調査では、多くの住民が歩道を望んでいることがわかった。",
        "担当部署は、失われた請求書についての質問に答えなかった。",
        "中央のアーチの石は、いまは町の博物館に保管されている。",
        "天気がよければ、祝いの催しは今月最後の日曜日に開かれる。",
    ),
    "文：{}",
    (),
    "{year}年{month}月{day}日",
    "関連記事：{}",
    (
        "広告",
        "当サイトはクッキーを使用しています。同意する",
        "メールマガジン登録",
        "コメント",
        "会社概要",
        "シェアする",
    ),
    "",
)
ARABIC = Tongue(
    "ar",
    ("ليلى الحداد", "سامر القاسم", "نور الدين مراد", "هالة العلي"),
    ("صدى النهر", "جريدة الوادي", "أخبار الميناء"),
    ("المجلس البلدي يقرر إعادة بناء الجسر القديم", "سكان المرفأ يطالبون بعودة عبارة الصباح"),
    (
        "قرر المجلس البلدي مساء الثلاثاء إعادة بناء الجسر القديم المغلق منذ {n} شهرا.",
        "وقالت {a} التي تعيش قرب النهر منذ عام {y}: «لقد انتظرنا بما يكفي».",
        "وستكلف الأعمال نحو {n} مليون كرونة، أي ضعف التقدير الأول تقريبا.",
        "وقد بني الجسر عام {y} ولم يطل منذ ذلك الحين إلا مرتين.",
        "وحذر المهندس {b} من أن الدعامات تحركت عدة سنتيمترات.",
        "ومن المتوقع أن تعبر الحافلات الأولى الجسر قبل بداية العام الدراسي.",
        "وأظهر استطلاع شمل {n} أسرة أن معظم السكان كانوا يفضلون ممرا للمشاة.",
        "ورفضت الإدارة الإجابة عن الأسئلة المتعلقة بالفواتير المفقودة.",
        "وتحفظ حجارة القوس الأوسط الآن في متحف البلدة.",
        "وإذا سمح الطقس فسيقام الاحتفال في آخر يوم أحد من الشهر.",
    ),
    "بقلم: {}",
    tuple("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()),
    "{day} {month} {year}",
    "اقرأ أيضا: {}",
    (
        "إعلان",
        "نحن نستخدم ملفات تعريف الارتباط. موافق",
        "اشترك في النشرة",
        "التعليقات",
        "من نحن",
        "مشاركة",
    ),
)
TONGUES = (GERMAN, SPANISH, FRENCH, RUSSIAN, CHINESE, KOREAN, JAPANESE, ARABIC)

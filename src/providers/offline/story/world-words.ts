import { SETTINGS, type Setting, TIMES, type TimeOfDay, WEATHERS, type Weather } from "../frame.ts";
import { finderOf, type Vocabulary } from "./lexicon.ts";

const TIME_WORDS: Vocabulary<TimeOfDay> = {
  night:
    "night nights nighttime midnight nocturnal moonlight moonlit moon starlight starry after_dark noche nuit nacht notte noite ночь ночью ночи ночной 夜 밤 🌙 🌃 🌌 🌕",
  dawn: "dawn dawns daybreak sunrise first_light break_of_day amanecer aube morgendämmerung alba рассвет рассвета рассвете 夜明け 黎明 日出 새벽 🌅",
  morning: "morning mornings breakfast mañana matin morgens mattina утро утром 朝 早晨 清晨 아침",
  day: "noon midday afternoon daytime daylight sunny sunlit sunshine mediodía midi mittag mezzogiorno полдень днём 昼 中午 ☀",
  "golden hour":
    "sunset sunsets golden_hour sundown setting_sun late_afternoon sun_sets sun_goes_down sun_sinks atardecer coucher_du_soleil sonnenuntergang tramonto закат заката закате 夕日 夕方 日落 노을 🌇",
  dusk: "dusk twilight evening evenings nightfall gloaming soir abend sera вечер вечером 黄昏 夕暮れ 저녁 🌆",
};

const WEATHER_WORDS: Vocabulary<Weather> = {
  clear: "clears clear_sky stops_raining",
  rain: "rain rains rainy raining rainfall drizzle downpour rain-soaked rainswept lluvia pluie regen pioggia дождь 雨 비 🌧 ☔",
  snow: "snow snows snowy snowing snowfall blizzard snowstorm snowflakes nieve neige schnee neve снег 雪 눈 ❄ 🌨",
  fog: "fog foggy mist misty mists haze hazy niebla brume brouillard nebel nebbia туман 霧 雾 안개 🌫",
  storm:
    "storm storms stormy thunder thunderstorm lightning tempest hurricane tormenta tempête sturm tempesta гроза буря шторм 嵐 暴风 폭풍 ⛈ 🌩 ⚡",
};

const SETTING_WORDS: Vocabulary<Setting> = {
  "city skyline":
    "city cities downtown metropolis skyline skyscrapers skyscraper urban ciudad ville stadt città cidade город города городе 城市 都市 도시 🏙 new_york paris london berlin chicago hong_kong shanghai mumbai cairo istanbul",
  "city street":
    "street streets alley alleys alleyway sidewalk pavement crosswalk market bazaar shop shops neon tokyo kyoto osaka shibuya calle rue straße strasse улица улице улицам 街 街道 東京 东京 거리 도쿄 subway_entrance chinatown",
  rooftop: "rooftop rooftops roof roofs terrace balcony tejado toit dach крыша крыше 屋上 屋顶",
  bay: "bay harbor harbour sea seas ocean oceans coast coastline shore port pier dock docks cliff cliffs waves fjord island mar mer meer mare море моря морю залив заливом океан 海 湾 港 바다 🌊 ⚓ lighthouse",
  beach: "beach beaches sandy tropical lagoon playa plage spiaggia пляж пляже 浜 海滩 해변 🏖 🏝",
  lake: "lake lakes river rivers pond stream creek waterfall riverbank lakeside lago lac fluss río rivière озеро озера река реке 湖 川 河 호수",
  forest:
    "forest forests wood woods woodland jungle jungles rainforest grove swamp trees thicket bosque forêt wald foresta лес леса лесу 森 森林 숲 🌲 🌳",
  mountains:
    "mountain mountains peak peaks summit summits ridge alps himalaya cliffside canyon valley volcano montaña montagne berg berge montagna горы горах гора 山 산 ⛰ 🏔 🗻",
  desert:
    "desert deserts dune dunes sahara wasteland badlands oasis desierto désert wüste deserto пустыня пустыне 砂漠 沙漠 사막 🏜",
  meadow:
    "meadow meadows field fields prairie grassland countryside farm farmland pasture hill hills hillside campo champ wiese поле 草原 田野 들판 🌾",
  village:
    "village villages town towns hamlet cottage cottages cabin pueblo dorf villaggio деревня деревне 村 村庄 마을 🏘",
  garden:
    "garden gardens park parks orchard courtyard playground greenhouse jardín jardin garten giardino сад саду парк 庭 公園 花园 公园 공원",
  castle:
    "castle castles palace fortress ruins ruin temple tower kingdom castillo château schloss burg castello замок замке 城 城堡 성 🏰 🏯",
  cave: "cave caves cavern caverns tunnel underground dungeon cueva grotte höhle grotta пещера 洞窟 洞穴 동굴",
  snowfield:
    "arctic antarctic antarctica tundra glacier glaciers iceberg icy frozen polar north_pole ártico arktis лёд 北極 冰",
  road: "road roads highway highways route freeway roadside drive drives road_trip carretera autobahn дорога дороге 道 公路 도로 🛣",
  room: "room rooms bedroom kitchen apartment living_room attic office studio workshop hotel hospital classroom school bed sofa habitación chambre zimmer stanza комната комнате 部屋 房间 방 int.",
  library:
    "library libraries bookshop bookstore archive archives biblioteca bibliothèque bibliothek библиотека 図書館 图书馆 도서관 📚",
  cafe: "cafe café cafes restaurant diner bar bakery coffee_shop tavern pub bistro teahouse カフェ 咖啡馆 카페 ☕",
  laboratory:
    "laboratory laboratories lab labs control_room spaceship_interior cockpit bridge_of_the_ship computer computers laboratorio лаборатория 研究所 实验室 🔬 🧪",
  stage:
    "stage theater theatre concert auditorium circus opera arena nightclub escenario scène bühne сцена сцене 舞台 무대 🎭 🎪",
  station:
    "station stations platform subway metro train_station airport terminal estación gare bahnhof stazione вокзал вокзале 駅 车站 역 🚉",
  space:
    "space outer_space galaxy galaxies orbit orbits cosmos cosmic universe nebula starship space_station espacio espace weltraum spazio космос космосе 宇宙 太空 우주 🌠 🚀",
  "alien planet":
    "mars martian planet planets lunar lunar_surface alien_world asteroid on_the_moon planeta planète planet планета планете 火星 月面 惑星 행성 🪐",
  underwater:
    "underwater undersea coral reef reefs seabed ocean_floor deep_sea beneath_the_waves submarine submarino sous-marin unterwasser под_водой 海底 水中 水下 🐠",
  sky: "sky skies clouds cloud airborne heavens cielo ciel himmel небо небе 空 天空 하늘 ☁",
};

/** Settings that a subject brings along when the text names none. */
const HOMES: Vocabulary<Setting> = {
  road: "car cars truck bicycle motorcycle 🚗 🚙 🚲",
  station: "train trains locomotive 🚂 🚆",
  bay: "boat boats ship ships sailboat sailor fisherman captain pirate pirates 🚢 ⛵",
  underwater: "fish whale whales dolphin shark mermaid turtle octopus 🐟 🐳 🐋 🐢",
  space: "astronaut astronauts spaceship rocket satellite alien aliens 👩‍🚀 👨‍🚀",
  castle: "knight knights dragon dragons king queen princess prince wizard witch 🐉",
  desert: "cowboy camel cactus 🤠 🐪 🌵",
  forest: "fox wolf bear deer rabbit owl fairy 🦊 🐺 🐻 🐰 🦌",
  laboratory: "scientist robot robots android inventor 🤖",
  library: "book books librarian 📖",
  cafe: "chef baker barista coffee waiter waitress",
  stage: "musician singer dancer ballerina pianist band 🎸 🎤",
  "city street": "detective thief crowd taxi",
  sky: "plane airplane pilot balloon kite eagle ✈ 🎈",
};

/** The sky is where birds and suns are, whatever the place; it is the place only when nothing else is. */
const WEAK_SETTINGS: readonly Setting[] = ["sky", "meadow", "village"];

export const findTimes = finderOf(TIME_WORDS, TIMES);
export const findWeathers = finderOf(WEATHER_WORDS, WEATHERS);
const findSettings = finderOf(SETTING_WORDS, SETTINGS);
const findHomes = finderOf(HOMES, SETTINGS);

/** The place a text names: its last strong one, since films move on; a weak one when there is no other. */
export function settingIn(text: string): Setting | undefined {
  const found = findSettings(text).map(({ meaning }) => meaning);
  const strong = found.filter((setting) => !WEAK_SETTINGS.includes(setting));
  return strong.at(-1) ?? found.at(-1);
}

/** The place that goes with what a text shows. */
export const homeIn = (text: string): Setting | undefined => findHomes(text)[0]?.meaning;

export const timeIn = (text: string): TimeOfDay | undefined => findTimes(text).at(-1)?.meaning;
export const weatherIn = (text: string): Weather | undefined => findWeathers(text).at(-1)?.meaning;

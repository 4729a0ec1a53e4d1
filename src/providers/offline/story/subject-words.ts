import { SUBJECTS, type SubjectKind } from "../frame.ts";
import { finderOf, type Vocabulary } from "./lexicon.ts";

/** Words of people whose gender the text tells elsewhere, or nowhere. */
export const ANYONE = [
  "person someone stranger traveler traveller wanderer detective scientist artist pilot keeper hero friend teacher student doctor nurse driver musician singer dancer chef baker painter photographer gardener explorer hiker climber runner athlete worker engineer inventor librarian reporter soldier guard thief spy hacker courier messenger poet writer lover survivor human  protagonist narrator villager neighbor neighbour clockmaker shopkeeper barista tourist skater surfer swimmer diver dreamer 🧑",
].join(" ");

/** Words of children of either gender. */
export const ANY_CHILD = "child kid toddler youngster orphan pupil niño enfant kind bambino ребёнок 子供 孩子 아이 🧒";

const WORDS: Vocabulary<SubjectKind> = {
  man: "man guy father dad husband brother king prince fisherman sailor captain samurai cowboy monk boxer businessman gentleman postman salesman waiter actor uncle lad pirate viking gladiator hombre homme mann uomo мужчина человек 男 男人 남자 👨",
  woman:
    "woman lady mother mom mum wife sister queen princess actress waitress ballerina bride aunt heroine businesswoman mermaid mujer femme frau donna женщина девушка 女 女人 女性 여자 👩",
  boy: "boy son nephew chico garçon junge ragazzo мальчик 少年 男孩 소년 👦",
  girl: "girl daughter niece schoolgirl chica niña fille mädchen ragazza девочка 少女 女孩 소녀 👧",
  elder:
    "old_man grandfather grandpa granddad elder elderly_man hermit sage santa 老人 おじいさん дедушка старик abuelo 👴",
  astronaut: "astronaut astronauts cosmonaut spaceman космонавт 宇宙飛行士 宇航员 astronauta 👩‍🚀 👨‍🚀 🧑‍🚀",
  knight: "knight knights warrior paladin caballero chevalier ritter рыцарь 騎士 骑士",
  wizard:
    "wizard wizards witch witches sorcerer sorceress magician mage mago sorcier zauberer волшебник 魔法使い 巫师 🧙",
  robot: "robot robots android androids droid cyborg automaton roboter робот ロボット 机器人 로봇 🤖",
  crowd:
    "crowd crowds people children kids family families friends students soldiers workers villagers dancers band audience team gente foule menge люди 人々 人群 사람들 👪 👥",
  cat: "cat cats kitten kittens kitty feline tomcat gato gata katze gatto кошка кошки кот котёнок кота 猫 ネコ 고양이 🐱 🐈 😺",
  dog: "dog dogs puppy puppies hound corgi retriever poodle perro chien hund cane собака пёс 犬 狗 개 강아지 🐶 🐕",
  fox: "fox foxes zorro renard fuchs volpe лиса 狐 狐狸 여우 🦊",
  wolf: "wolf wolves coyote lobo loup lupo волк 狼 늑대 🐺",
  bear: "bear bears panda grizzly oso bär orso медведь 熊 곰 🐻 🐼",
  rabbit: "rabbit rabbits bunny hare conejo lapin hase coniglio кролик заяц 兎 兔子 토끼 🐰 🐇",
  horse: "horse horses stallion pony unicorn caballo cheval pferd cavallo лошадь конь 馬 马 말 🐴 🐎 🦄",
  deer: "deer stag elk reindeer moose fawn antelope ciervo cerf hirsch cervo олень 鹿 사슴 🦌",
  elephant: "elephant elephants mammoth elefante éléphant elefant слон 象 大象 코끼리 🐘",
  dragon: "dragon dragons wyvern dinosaur dinosaurs monster drache dragón drago дракон ドラゴン 龍 龙 용 🐉 🐲 🦖",
  bird: "bird birds sparrow eagle eagles owl crow raven ravens seagull seagulls gull gulls dove pigeon hawk hummingbird heron swan duck goose geese parrot penguin pájaro oiseau vogel uccello птица птицы 鳥 鸟 새 🐦 🦅 🦉 🕊 🐧",
  fish: "fish fishes goldfish shark sharks koi salmon pez poisson fisch pesce рыба 魚 鱼 물고기 🐟 🐠 🦈",
  whale: "whale whales dolphin dolphins orca ballena baleine wal balena кит 鯨 鲸 고래 🐳 🐋 🐬",
  turtle: "turtle turtles tortoise tortuga tortue schildkröte черепаха 亀 乌龟 거북 🐢",
  butterfly:
    "butterfly butterflies moth moths firefly fireflies dragonfly mariposa papillon schmetterling бабочка 蝶 蝴蝶 나비 🦋",
  car: "car cars taxi cab truck van bus convertible jeep limousine automobile coche voiture auto машина автомобиль 車 汽车 자동차 🚗 🚕 🚙 🏎 🚌",
  bicycle:
    "bicycle bicycles bike bikes motorcycle motorbike scooter bicicleta vélo fahrrad велосипед 自転車 自行车 자전거 🚲 🏍",
  train: "train trains tram locomotive railway tren zug treno поезд 電車 列车 火车 기차 🚂 🚆 🚄",
  boat: "boat boats sailboat rowboat canoe kayak gondola raft barco bateau boot barca лодка лодки 舟 船 배 ⛵ 🛶",
  ship: "ship ships ferry steamer galleon freighter submarine cruise_ship navire schiff nave корабль 🚢 🛳",
  plane:
    "plane planes airplane aeroplane aircraft jet helicopter drone drones avión avion flugzeug aereo самолёт самолет 飛行機 飞机 비행기 ✈ 🛩 🚁",
  rocket:
    "rocket rockets spaceship spaceships spacecraft starship shuttle ufo cohete fusée rakete razzo ракета ロケット 火箭 로켓 🚀 🛸",
  balloon: "balloon balloons airship blimp zeppelin globo ballon palloncino шар 気球 气球 풍선 🎈",
  lantern:
    "lantern lanterns lamp lamps flashlight torch torches lightbulb linterna lanterne laterne lanterna фонарь фонаря 灯籠 提灯 灯笼 등불 🏮 🔦 💡",
  candle: "candle candles vela bougie kerze candela свеча ろうそく 蜡烛 촛불 🕯",
  book: "book books diary journal notebook novel manuscript libro livre buch книга 本 书 책 📖 📕 📚",
  letter:
    "letter letters envelope postcard note map telegram invitation carta lettre lettera письмо 手紙 信 편지 ✉ 💌 📜 🗺",
  flower:
    "flower flowers roses tulip blossom blossoms sunflower seed seedling flor fleur blume fiore цветок 花 꽃 🌸 🌹 🌷 🌻 🌼",
  tree: "tree oak pine sapling willow cherry_tree árbol arbre baum albero дерево 木 树 나무",
  house: "house cottage cabin hut home_of casa maison haus дом 家 房子 집 🏠 🏡",
  lighthouse: "lighthouse lighthouses faro phare leuchtturm маяк маяку 灯台 灯塔 등대",
  key: "key keys llave clé schlüssel chiave ключ 鍵 钥匙 열쇠 🔑 🗝",
  chest:
    "chest treasure box suitcase package parcel gift trunk cofre coffre kiste tesoro сундук 宝箱 箱子 상자 🎁 📦 🧰",
  cup: "cup mug tea coffee teacup teapot taza tasse tazza чашка 茶 咖啡 컵 ☕ 🍵",
  guitar:
    "guitar violin cello piano flute trumpet instrument ukulele guitarra guitare gitarre chitarra гитара ギター 吉他 기타 🎸 🎻 🎹",
  phone:
    "phone smartphone telephone tablet radio screen laptop computer teléfono téléphone telefono телефон 電話 手机 전화 📱 ☎ 💻",
  sword: "sword swords blade dagger espada épée schwert spada меч 剣 剑 검 ⚔ 🗡",
  crystal:
    "crystal crystals gem gems diamond orb jewel gemstone star_fragment meteor cristal kristall cristallo кристалл 水晶 宝石 보석 💎 🔮 💠",
  umbrella: "umbrella umbrellas parasol paraguas parapluie regenschirm ombrello зонт 傘 雨伞 우산 ☂ ☔ 🌂",
  door: "door doors gate portal doorway puerta porte tür porta дверь 扉 门 문 🚪",
  kite: "kite kites cometa cerf-volant drachen aquilone 凧 风筝 연 🪁",
  bottle: "bottle bottles potion vial jar botella bouteille flasche bottiglia бутылка 瓶 병 🍾 🧪",
  clock: "clock clocks hourglass pocket_watch reloj horloge uhr orologio часы 時計 时钟 시계 ⏰ 🕰 ⌚ ⏳",
  crown: "crown crowns throne corona couronne krone корона 王冠 왕관 👑",
  camera: "camera cameras projector cámara caméra kamera камера カメラ 相机 카메라 📷 🎥 🎬",
  ball: "ball balls basketball football globe marble pelota balle palla мяч ボール 球 공 ⚽ 🏀",
  fire: "fire fires bonfire campfire flame flames hearth fuego feu feuer fuoco костёр огонь 火 불 🔥",
};

/** Living things act; everything else is acted upon. */
export const ANIMATE: readonly SubjectKind[] = SUBJECTS.slice(0, SUBJECTS.indexOf("car"));

const EVERYONE = { ...WORDS, anyone: ANYONE, anyChild: ANY_CHILD } as const;

/** Everyone and everything a text shows. `anyone` and `anyChild` are to be made a man or woman, boy or girl. */
export const findSubjects = finderOf<SubjectKind | "anyone" | "anyChild">(EVERYONE, [
  ...SUBJECTS,
  "anyone",
  "anyChild",
]);

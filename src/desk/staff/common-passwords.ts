/**
 * What common passwords are made of, one line a kind: words of published lists of leaked passwords
 * and of Persian ones, as people write them. Most long passwords are such words with digits, years,
 * signs and rows of the keyboard around them, and are judged so; the others stand in
 * `listed-passwords.ts`.
 */
const WORDS = `
password passwort passwd passw pass word secret login logon signin welcome hello admin administrator
root user username guest test testing tester demo default changeme change letmein access master
manager system server service support office company computer internet google facebook yahoo hotmail
gmail microsoft windows linux apple android samsung iphone nokia oracle cisco network security
private public database backup temp temporary sample example qwerty qwertz azerty asdf zxcv
iloveyou love lovely lover loveme loveyou babygirl baby girl boy angel princess prince queen king
sunshine sun moon star starwars dragon monkey shadow tiger lion eagle falcon panther wolf bear horse
dog cat puppy kitty bunny rabbit butterfly flower rose lily daisy jasmine cherry apple banana orange
chocolate cookie candy sugar honey peanut pepper ginger cheese coffee whatever nothing something
everything forever always never freedom happy smile friend friends family mother father mom dad
brother sister soccer football baseball basketball hockey golf tennis volleyball sport player game
gamer games pokemon naruto minecraft batman superman spiderman ironman avengers matrix killer hunter
ninja warrior soldier ranger samurai viking pirate wizard magic merlin phantom ghost spirit demon
devil hell heaven god jesus christ church bible blessed faith hope trust peace summer winter spring
autumn january february march april may june july august september october november december monday
tuesday wednesday thursday friday saturday sunday morning night today tomorrow black white red blue
green yellow orange purple pink silver golden gold diamond crystal money cash dollar bank business
success power energy thunder lightning storm rain snow fire water earth wind ocean river mountain
mercedes ferrari porsche toyota honda nissan corvette mustang camaro harley yamaha
michael jordan jennifer michelle jessica ashley amanda melissa nicole daniel daniela andrew joshua
matthew thomas robert william richard charles christopher christian alexander alexandra alexandria
nicholas anthony jonathan benjamin samantha elizabeth stephanie victoria veronica catherine patricia
barbara margaret isabella gabriel gabriela valentina fernando alejandro francisco carolina george
chelsea liverpool arsenal manchester united barcelona madrid juventus lakers cowboys yankees steelers
london paris berlin america england germany france canada australia india pakistan turkey china japan
unbelievable extreme maverick scorpion platinum mississippi elephant dolphin penguin strawberry
raspberry blueberry watermelon pineapple cinnamon butterscotch rainbow unicorn
ramz ramzeman ramzeobor gozarvazhe obor salam salamat khoda khodaya khodahafez allah mohammad muhammad
mohamad mohamed ahmad ahmed mahmoud mahmood ali alireza hossein hosein hoseyn hussein hassan hasan reza
reyhaneh rezaei mehdi mahdi amir amirali amirhossein abolfazl abbas akbar asghar hamid hamed saeed
saeid sadegh sajjad javad jafar karim kazem majid masoud mohsen morteza mostafa naser omid parham
parsa peyman pouya rahim ramin saman sina soheil vahid yaser yousef yasin fatemeh fateme fatima zahra
zeinab zeynab maryam narges nasrin nazanin nilufar niloofar parisa parvaneh sahar sara sarah setareh
shirin shima somayeh tahereh elham elnaz hanieh hasti kimia leila leyla mahsa mina mojgan neda negar
azadeh azade arezoo atefeh ayda aida bahar eshgh eshghe asheghetam azizam azizami janam joonam nafas
nafasam delam golam omr zendegi eshghman dooset dooset daram doosetdaram dostdaram madar pedar baba
maman khahar baradar pesar dokhtar iran irani iranian persian persia pars parsi tehran mashhad
mashad esfahan isfahan shiraz tabriz ahvaz ahwaz qom ghom karaj rasht yazd kerman hamedan hamadan
arak ardabil zanjan qazvin ghazvin bushehr bandar gorgan sari semnan kurdistan kordestan azerbaijan
azarbayjan khorasan gilan mazandaran fars khuzestan lorestan ilam sistan persepolis perspolis piroozi
esteghlal teraktor sepahan abi ghermez nowruz norouz noruz farvardin ordibehesht khordad tir mordad
shahrivar mehr aban azar dey bahman esfand shanbe yekshanbe doshanbe seshanbe charshanbe panjshanbe
jome karbar modir modiriat kargozar karmand edare edareh sazman sherkat vezarat shahrdari daneshgah
dabirkhane dabirkhaneh pishkhan pishkan namae name nameh system samane samaneh
رمز رمزعبور رمزعبورمن گذرواژه کلمه عبور سلام خدا خدایا محمد علی حسین حسن رضا مهدی امیر فاطمه زهرا
زینب مریم سارا دوستت دارم عشق عزیزم جانم نفس مادر پدر بابا مامان ایران تهران مشهد اصفهان شیراز تبریز
قم کرج پرسپولیس استقلال نوروز بهار تابستان پاییز زمستان فروردین اردیبهشت خرداد تیر مرداد شهریور مهر
آبان آذر دی بهمن اسفند مدیر کاربر کارمند اداره سازمان شرکت وزارت شهرداری دانشگاه دبیرخانه پیشخوان نامه
سامانه شرکت
`;

/** Rows of keyboards and other orders in which fingers or the mind walk. */
export const WALKS: readonly string[] = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '12345678901234567890',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'qwertzuiop',
  'azertyuiop',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1a2b3c4d5e6f7g8h9i',
  'a1b2c3d4e5f6g7h8i9',
  '!@#$%^&*()_+',
  '147258369',
  '789456123',
  '159753',
  'ضصثقفغعهخحجچ',
  'شسیبلاتنمکگ',
  'ظطزرذدپو',
  'ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی',
];

export const commonWords = (): Set<string> =>
  new Set(WORDS.split(/\s+/).filter((word) => word.length >= 2));

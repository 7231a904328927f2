extension CommonPasswords {
    /// A list of our own: terms for protected things, people and things that users like, objects at hand, and names.
    static let words: Set<String> = Set(
        """
        password passwort passw0rd p@ssword p@ssw0rd pa55word pass passwd passcode passphrase passwords mypassword
        newpassword oldpassword yourpassword thepassword nopassword password1 password12 contrasena
        motdepasse parola wachtwoord senha haslo heslo salasana kennwort geheim secret secrets topsecret mysecret
        secret1
        login logon signin welcome welcome1 willkommen bienvenue bienvenido hello helloworld hallo hallo123 bonjour hola
        letmein openup opensesame sesame access access1 enter entry open unlock unlocked key keys admin admin1
        administrator administrador root superuser superadmin sysadmin user username guest visitor test tester testing
        test1 testtest demo sample example temp temporary default changeme changeit change changethis please iforgot
        forgot forgotten remember whatever nothing something anything nobody somebody trustno1 trustnoone iamgod
        iloveyou iloveu ilovey0u loveyou loveme lovely love lover lovers loves forever always together sweetheart
        sweetie
        sweet honey honeybee darling babe baby babygirl babyboy babydoll kisses kissme kiss hugs angel angels angel1
        princess prince queen king kings kingdom royal lady ladies mylove truelove amor amore teamo tequiero mercedes
        family mother father mommy mummy mama daddy papa sister brother friend friends bestfriend friendship children
        sunshine sunny sunflower sunset sunrise rainbow moonlight moon star stars starlight sky skyline summer winter
        spring autumn january february march april may june july august september october november december monday
        tuesday wednesday thursday friday saturday sunday sommer christmas birthday holiday vacation weekend
        monkey dragon dragons tiger tigers lion lions panther panthers eagle eagles falcon falcons hawk bear bears wolf
        wolves wolverine fox foxes cat cats kitty kitten kittens hellokitty dog dogs doggy doggie puppy puppies horse
        horses pony ponies bunny rabbit mouse mickey mickeymouse minnie donald donaldduck duck ducky snoopy garfield
        tweety dolphin dolphins shark sharks whale turtle butterfly bird birds phoenix unicorn spider snake cobra viper
        scorpion rhino bull bulldog bulldogs buffalo cowboy cowboys chicken banana bananas apple apples orange oranges
        cherry strawberry blueberry peach peaches lemon mango melon pineapple coconut cookie cookies chocolate candy
        sugar
        cheese butter bacon pizza burger noodle pepper ginger vanilla coffee beer whiskey vodka tequila corona pepsi
        cocacola sprite snickers skittles pumpkin pickle peanut peanuts popcorn nutella cupcake muffin pancake
        football footballs soccer fussball futbol baseball basketball hockey tennis golf golfer golfing rugby cricket
        volleyball swimming fishing hunter hunting skater skateboard surfing surfer runner running racing racer soccer1
        liverpool arsenal chelsea manchester united barcelona realmadrid juventus bayern dortmund milan inter ajax
        yankees lakers redsox steelers packers broncos raiders rangers celtic everton newyork london paris berlin madrid
        america american england germany deutschland france spain italy italia canada mexico brasil brazil argentina
        china
        india russia turkey poland texas florida california hawaii sydney boston chicago dallas denver phoenix1 jordan
        jordan23 michael michelle michael1 jennifer jessica jessie ashley amanda nicole daniel daniela danielle andrew
        andrea anthony matthew joshua robert william thomas charles charlie george joseph james jacob justin jason john
        johnny jonathan jordan1 kevin brian brandon david steven stephen patrick peter paul mark martin martina maria
        marina mary marie anna hannah sarah samantha sandra sophie sophia stephanie elizabeth emily emma olivia isabella
        victoria veronica vanessa patricia rachel rebecca natalie natasha melissa lauren laura linda lisa karen katie
        catherine christine christina christopher chris cheryl heather crystal diamond diana barbara brittany bailey
        buster maggie molly lucky max maxwell rocky rusty shadow smokey sammy sam samuel toby tucker cooper winston
        bella
        coco daisy lily rose rosie jasmine violet ruby amber jade pearl angela angelina antonio carlos fernando
        francisco
        alejandro alexander alexandra alexandre alexis alex adrian albert arthur benjamin bernard dennis edward eric
        franklin frank fred freddy gabriel gary gregory harold harry henry jack jackson jackie jasper jeremy joker kelly
        kenneth larry leonard lewis louis lucas marcus mario marvin mason maurice melanie mike mickey1 miguel mohamed
        mohammed muhammad nathan nicholas nick oliver oscar pamela philip raymond ricardo richard roberto roger ronald
        ronaldo messi russell ryan scott sean sebastian sergio shannon sharon simon stanley susan taylor teresa timothy
        travis tyler valentin valentina valerie vincent walter wayne zachary
        batman superman spiderman ironman hulk wonderwoman catwoman robin avengers starwars starwars1 startrek skywalker
        darthvader yoda jedi matrix terminator rambo rocky1 hobbit gandalf frodo legolas harrypotter hogwarts dumbledore
        pokemon pikachu charizard naruto sasuke goku dragonball sailormoon nintendo supermario zelda sonic playstation
        xbox minecraft fortnite roblox warcraft starcraft counterstrike halo callofduty assassin assassins ninja samurai
        warrior warriors knight knights soldier ranger sniper killer killers destroyer hunter1 pirate pirates viking
        gladiator spartan spartans trojan legend legendary hero heroes master masters mastermind boss chief captain
        maverick merlin wizard magic magical mystic mystery ghost zombie vampire demon devil satan lucifer heaven hell
        jesus jesuschrist christ god godisgood godbless blessed blessing faith hope grace praise prayer bible church
        peace
        freedom liberty justice victory winner success believe dreams dreamer dream happy happiness smile smiles smiley
        cutie cute beautiful beauty pretty sexy sexygirl hottie hotstuff playboy playgirl gangster gangsta thuglife
        badboy badgirl bigdaddy bigdog bigboy fuckyou fuckme fuckoff fuck fucker asshole bitch bitches bullshit shithead
        shit pussy cock dick penis porn money moneymoney cash dollar dollars million millionaire rich gold golden silver
        platinum mercedesbenz ferrari porsche lamborghini mustang corvette camaro chevrolet chevy toyota honda yamaha
        suzuki kawasaki harley harleydavidson bmw audi volvo jaguar nissan mazda subaru jeep truck trucks
        computer computers laptop desktop internet intranet network server windows microsoft google gmail facebook
        instagram twitter youtube amazon netflix apple1 iphone android samsung nokia motorola linkedin myspace yahoo
        hotmail outlook office oracle database mysql postgres linux ubuntu debian redhat unix cisco router wireless wifi
        hacker hacking hacked cyber security secure secured system systems service support manager office1 company
        business work working job school college university student teacher education library science physics chemistry
        music musica guitar guitars piano drummer drums rockstar rock rocknroll metallica slipknot nirvana beatles
        eminem
        tupac madonna elvis bonjovi acdc ironmaiden pinkfloyd blink182 greenday linkinpark greenday1 dancer dancing
        dance
        flower flowers garden forest mountain mountains river ocean beach island water fire firebird thunder lightning
        storm snow snowball snowman snowflake ice icecream crystal1 purple yellow green blue red black white pink
        orange1
        silver1 blackcat whitecat redrose blackjack casino poker lucky7 lucky13 abc abcd abcdef qwerty qwertz azerty qwe
        asd asdf asdfgh zxc zxcvbn qaz wsx qazwsx q1w2e3 test123 pass123 abc123 admin123 a1b2c3 matrix1 hello123 nokia1
        internet1 number one onetwo onetwothree number1 numberone thisis iam itsme ilove welove letme who what why me you us my the
        """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
}

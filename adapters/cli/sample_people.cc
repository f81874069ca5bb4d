// SPDX-License-Identifier: Apache-2.0
// Name lists by community, households, and numbers that nobody was given.
#include "adapters/cli/sample_people.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "adapters/identity/numbers.h"

namespace kinstile::cli {
namespace {

struct Community {
  std::vector<const char*> women, men, surnames;
  int share;  // of a hundred
};

const std::vector<Community>& Communities() {
  static const auto* const kAll = new std::vector<Community>{
      {{"Olivia",  "Amelia",  "Isla",      "Ava",      "Sophie",     "Chloe",
        "Megan",   "Rebecca", "Charlotte", "Emily",    "Hannah",     "Lucy",
        "Grace",   "Jessica", "Samantha",  "Nicola",   "Anne-Marie", "Kelly",
        "Georgia", "Paige",   "Stacey",    "Victoria", "Holly",      "Abigail"},
       {"Oliver", "George",   "Harry",   "Jack",   "Thomas",  "Callum",
        "Daniel", "Ryan",     "Liam",    "Connor", "Matthew", "Joshua",
        "Kieran", "Lee",      "Stephen", "Andrew", "Jordan",  "Nathan",
        "Luke",   "Benjamin", "Samuel",  "Gareth", "Dean",    "Wayne"},
       {"Smith",      "Jones",     "Taylor",    "Brown",        "Wilson",
        "Thompson",   "Walker",    "Wright",    "Robinson",     "Hughes",
        "Edwards",    "Green",     "Hall",      "Clarke",       "Turner",
        "Barker",     "Shaw",      "Holt",      "Pickering",    "Ashworth",
        "Hargreaves", "Entwistle", "Sutcliffe", "Smith-Barker", "Ward",
        "Fletcher",   "Bramley",   "Garside"},
       52},
      {{"Siân", "Carys", "Ffion", "Niamh", "Aoife", "Caitríona", "Eilidh",
        "Mairi", "Bethan", "Gráinne"},
       {"Rhys", "Dafydd", "Owain", "Seán", "Ciarán", "Pádraig", "Hamish",
        "Ruaridh", "Iestyn", "Cormac"},
       {"O'Brien", "O'Connor", "McDonald", "MacLeod", "Llewellyn", "ap Rhys",
        "Gallagher", "O'Sullivan", "Pritchard", "Ní Dhomhnaill"},
       12},
      {{"Aisha", "Fatima", "Zainab", "Maryam", "Noor", "Priya", "Anjali",
        "Harpreet", "Simran", "Nusrat", "Rukhsana", "Shabana"},
       {"Muhammad", "Ali", "Hassan", "Imran", "Bilal", "Arjun", "Rohan",
        "Gurpreet", "Jaspal", "Rahul", "Tariq", "Yusuf"},
       {"Khan", "Ahmed", "Hussain", "Patel", "Singh", "Kaur", "Begum", "Ali",
        "Shah", "Malik", "Chowdhury", "Rahman", "Sharma", "Mistry"},
       16},
      {{"Adaeze", "Ngozi", "Abena", "Folasade", "Shanice", "Amina", "Halima",
        "Ifeoma", "Efua", "Denise"},
       {"Chukwuemeka", "Kwame", "Tunde", "Kofi", "Delroy", "Abdi", "Jermaine",
        "Oluwaseun", "Emeka", "Marlon"},
       {"Okafor", "Mensah", "Adeyemi", "Boateng", "Campbell", "Osman",
        "Warsame", "Nwosu", "Asante", "Grant-Bailey"},
       10},
      {{"Zoë", "Katarzyna", "Agnieszka", "Małgorzata", "Renáta", "Ioana",
        "Inês", "Ayşe", "Olena", "Mei"},
       {"Łukasz", "Paweł", "Krzysztof", "Gheorghe", "João", "Mehmet", "Andriy",
        "Wei", "Tomáš", "José"},
       {"Kowalski", "Wójcik", "Łukasik", "Popescu", "Silva", "Yılmaz",
        "Shevchenko", "Wong", "Novák", "Núñez", "Horváth", "Nguyễn"},
       10}};
  return *kAll;
}

constexpr const char* kStreetNames[] = {
    "Alder",   "Birchwood", "Canal",   "Dock",     "Elm",     "Fountain",
    "Gorse",   "Hawthorn",  "Ivy",     "Jubilee",  "Kestrel", "Larkfield",
    "Mill",    "Northgate", "Orchard", "Priory",   "Quarry",  "Riverside",
    "Station", "Tannery",   "Upper",   "Victoria", "Weaver",  "Yew Tree"};
constexpr const char* kStreetKinds[] = {"Street", "Road",  "Lane", "Close",
                                        "Avenue", "Court", "Way",  "Terrace"};

const Community& PickCommunity(SampleRandom& random) {
  int left = static_cast<int>(random.Below(100));
  for (const Community& c : Communities())
    if ((left -= c.share) < 0) return c;
  return Communities().front();
}

// About twelve homes a postcode and many postcodes a sector, as in a town.
SampleAddress InventAddress(SampleRandom& random, size_t& serial) {
  static constexpr char kInward[] = "ABDEFGHJLNPQRSTUWXY";
  const size_t n = sizeof(kInward) - 1;
  const size_t home = serial++;
  const size_t unit = home / 12;
  SampleAddress a;
  a.postcode = absl::StrCat("ZZ", 1 + unit / (10 * n) % 98, " ", unit / n % 10,
                            std::string(1, kInward[unit % n]),
                            std::string(1, kInward[unit / 7 % n]));
  a.street = absl::StrCat(kStreetNames[unit % std::size(kStreetNames)], " ",
                          kStreetKinds[unit / 5 % std::size(kStreetKinds)]);
  a.house = absl::StrCat(1 + home % 12 * 2 + random.Below(2));
  if (random.Chance(12))
    a.house = absl::StrCat("Flat ", 1 + random.Below(9), ", ", a.house);
  return a;
}

std::string InventNhsNumber(size_t serial) {
  // One start in eleven has no check digit: step over it.
  for (size_t n = serial * 2;; ++n) {
    const std::string start = absl::StrFormat("999%06d", n % 1000000);
    const int check = identity::NhsCheckDigit(start);
    if (check < 10) return absl::StrCat(start, check);
  }
}

std::string InventNino(size_t serial) {
  return absl::StrFormat("PZ%06d%c", (serial * 7919 + 100003) % 1000000,
                         static_cast<char>('A' + serial % 4));
}

SamplePerson InventPerson(SampleRandom& random, size_t& serial,
                          const Community& community, bool male) {
  SamplePerson p;
  p.male = male;
  const auto& names = male ? community.men : community.women;
  p.forename = random.Pick(names);
  if (random.Chance(45)) p.middle = random.Pick(names);
  if (p.middle == p.forename) p.middle.clear();
  p.surname = random.Pick(community.surnames);
  p.nhs_number = InventNhsNumber(serial);
  p.nino = InventNino(serial);
  ++serial;
  return p;
}

absl::CivilDay InventBirth(SampleRandom& random, int youngest, int oldest) {
  // Ages as of 2026, so that the sample does not depend on the day. One draw a
  // statement: the order of arguments is the compiler's choice.
  const int age = random.Between(youngest, oldest);
  const int day = static_cast<int>(random.Below(365));
  return absl::CivilDay(2026 - age, 1, 1) + (day - 365);
}

void AddParents(SampleRandom& random, size_t& serial,
                const Community& community, const SampleAddress& home,
                SampleFamily& family) {
  SamplePerson mother = InventPerson(random, serial, community, false);
  mother.birth = InventBirth(random, 22, 46);
  mother.address = home;
  if (random.Chance(62)) {
    const Community& his =
        random.Chance(85) ? community : PickCommunity(random);
    SamplePerson father = InventPerson(random, serial, his, true);
    father.birth = mother.birth - random.Between(-1500, 2500);
    father.address = home;
    if (random.Chance(55)) {
      mother.previous_surname = mother.surname;
      mother.surname = father.surname;
    }
    family.members.push_back(std::move(father));
  }
  family.members.insert(family.members.begin(), std::move(mother));
}

void AddChildren(SampleRandom& random, size_t& serial,
                 const Community& community, SampleFamily& family) {
  const SamplePerson mother = family.members.front();
  const std::string surname = family.members.back().surname;
  const int age = random.Between(0, 5);
  const int month = random.Between(1, 12);
  absl::CivilDay birth(2026 - age, month, random.Between(1, 28));
  birth = std::min(birth, absl::CivilDay(2026, 6, 1));
  const int children = random.Between(0, 4) + (random.Chance(15) ? 1 : 0);
  for (int k = 0; k < children && family.members.size() < 7; ++k) {
    const bool twin = k > 0 && random.Chance(4);
    if (k > 0 && !twin) birth = birth - random.Between(400, 1400);
    if (birth < mother.birth + 16 * 365) break;
    SamplePerson child =
        InventPerson(random, serial, community, random.Chance(50));
    for (const SamplePerson& other : family.members)
      if (other.forename == child.forename) child.forename += "-Rae";
    child.child = true;
    child.birth = birth;
    child.surname = random.Chance(90) ? surname : mother.surname;
    child.address = mother.address;
    family.members.push_back(std::move(child));
  }
}

}  // namespace

SampleFamily InventFamily(SampleRandom& random, size_t& serial,
                          bool many_movers) {
  const Community& community = PickCommunity(random);
  SampleFamily family;
  AddParents(random, serial, community, InventAddress(random, serial), family);
  AddChildren(random, serial, community, family);
  if (random.Chance(many_movers ? 25 : 8)) {
    const SampleAddress old_home = InventAddress(random, serial);
    for (SamplePerson& p : family.members) p.previous = old_home;
  }
  if (family.members.size() > 2 && random.Chance(8)) {
    // One child's week is shared between two homes.
    SamplePerson& child = family.members.back();
    child.second_home = child.child;
    if (child.child) child.previous = InventAddress(random, serial);
  }
  return family;
}

}  // namespace kinstile::cli

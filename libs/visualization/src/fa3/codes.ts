import type { CodeTable, Labels } from '../model/words.js';

/** A mark whose presence says it: 1. */
const MARK: Labels = { '1': ['tak', 'yes'] };
const YES_NO: Labels = { '1': ['tak', 'yes'], '2': ['nie', 'no'] };

const MARKS = [
  ...['BrakID', 'RolaInna', 'NrKSeF', 'NrKSeFN', 'NrKSeFZN', 'FP', 'TP', 'ZwrotAkcyzy', 'P_12_Zal_15', 'P_12Z_Zal_15'],
  ...['StanPrzed', 'StanPrzedZ', 'Zaplacono', 'PlatnoscInna', 'TransportInny', 'LadunekInny', 'PodmiotPosredniczacy'],
  ...['P_19', 'P_19N', 'P_22', 'P_22N', 'P_PMarzy', 'P_PMarzy_2', 'P_PMarzy_3_1', 'P_PMarzy_3_2', 'P_PMarzy_3_3'],
  'P_PMarzyN',
];
const QUESTIONS = ['JST', 'GV', 'P_16', 'P_17', 'P_18', 'P_18A', 'P_23', 'P_42_5'];

/** `23` is 23 percent; the others are words of their own. */
const VAT_RATE: Labels = {
  ...Object.fromEntries(['23', '22', '8', '7', '5', '4', '3'].map((rate) => [rate, [`${rate}%`, `${rate}%`] as const])),
  '0 KR': ['0% (kraj)', '0% (domestic)'],
  '0 WDT': ['0% (WDT)', '0% (intra-EU)'],
  '0 EX': ['0% (eksport)', '0% (export)'],
  zw: ['zw', 'exempt'],
  oo: ['oo', 'reverse charge'],
  'np I': ['np (I)', 'not taxable (I)'],
  'np II': ['np (II)', 'not taxable (II)'],
};

/** What the codes of FA(3) mean; the words are those of the schema, shortened where it explains at length. */
export const FA3_CODES: CodeTable = {
  ...Object.fromEntries(MARKS.map((name) => [name, MARK])),
  ...Object.fromEntries(QUESTIONS.map((name) => [name, YES_NO])),
  P_12: VAT_RATE,
  P_12Z: VAT_RATE,
  RodzajFaktury: {
    VAT: ['Faktura podstawowa (VAT)', 'Basic invoice (VAT)'],
    KOR: ['Faktura korygująca (KOR)', 'Corrective invoice (KOR)'],
    ZAL: ['Faktura zaliczkowa (ZAL)', 'Advance invoice (ZAL)'],
    ROZ: ['Faktura rozliczeniowa (ROZ)', 'Settlement invoice (ROZ)'],
    UPR: ['Faktura uproszczona (UPR)', 'Simplified invoice (UPR)'],
    KOR_ZAL: ['Korekta faktury zaliczkowej (KOR_ZAL)', 'Correction of an advance invoice (KOR_ZAL)'],
    KOR_ROZ: ['Korekta faktury rozliczeniowej (KOR_ROZ)', 'Correction of a settlement invoice (KOR_ROZ)'],
  },
  TypKorekty: {
    '1': ['w dacie ujęcia faktury pierwotnej', 'on the date of the original invoice'],
    '2': ['w dacie wystawienia faktury korygującej', 'on the date of this correction'],
    '3': ['w innej dacie lub w różnych datach', 'on another date, or on several'],
  },
  StatusInfoPodatnika: {
    '1': ['w stanie likwidacji', 'in liquidation'],
    '2': ['w trakcie postępowania restrukturyzacyjnego', 'in restructuring proceedings'],
    '3': ['w stanie upadłości', 'in bankruptcy'],
    '4': ['przedsiębiorstwo w spadku', 'enterprise in succession'],
  },
  Rola: {
    '1': ['Faktor', 'Factor'],
    '2': ['Odbiorca', 'Recipient'],
    '3': ['Podmiot pierwotny', 'Original entity'],
    '4': ['Dodatkowy nabywca', 'Additional buyer'],
    '5': ['Wystawca faktury', 'Issuer of the invoice'],
    '6': ['Dokonujący płatności', 'Payer'],
    '7': ['Jednostka samorządu terytorialnego - wystawca', 'Local government unit - issuer'],
    '8': ['Jednostka samorządu terytorialnego - odbiorca', 'Local government unit - recipient'],
    '9': ['Członek grupy VAT - wystawca', 'VAT group member - issuer'],
    '10': ['Członek grupy VAT - odbiorca', 'VAT group member - recipient'],
    '11': ['Pracownik', 'Employee'],
  },
  RolaPU: {
    '1': ['Organ egzekucyjny (art. 106c pkt 1)', 'Enforcement authority (art. 106c(1))'],
    '2': ['Komornik sądowy (art. 106c pkt 2)', 'Court bailiff (art. 106c(2))'],
    '3': ['Przedstawiciel podatkowy (art. 18a-18d)', 'Tax representative (art. 18a-18d)'],
  },
  ZnacznikZaplatyCzesciowej: {
    '1': ['zapłacono w części', 'paid in part'],
    '2': ['zapłacono w całości, w częściach', 'paid in full, in parts'],
  },
  FormaPlatnosci: {
    '1': ['gotówka', 'cash'],
    '2': ['karta', 'card'],
    '3': ['bon', 'voucher'],
    '4': ['czek', 'cheque'],
    '5': ['kredyt', 'credit'],
    '6': ['przelew', 'bank transfer'],
    '7': ['płatność mobilna', 'mobile payment'],
  },
  RachunekWlasnyBanku: {
    '1': ['rozliczanie wierzytelności nabywanych przez bank', 'settling receivables bought by the bank'],
    '2': ['pobieranie należności od nabywcy i przekazywanie dostawcy', 'collecting from the buyer for the supplier'],
    '3': ['gospodarka własna banku', 'own business of the bank'],
  },
  RodzajTransportu: {
    '1': ['morski', 'sea'],
    '2': ['kolejowy', 'rail'],
    '3': ['drogowy', 'road'],
    '4': ['lotniczy', 'air'],
    '5': ['przesyłka pocztowa', 'mail'],
    '7': ['stałe instalacje przesyłowe', 'fixed transport installations'],
    '8': ['żegluga śródlądowa', 'inland waterway'],
  },
  OpisLadunku: {
    '1': ['bańka', 'churn'],
    '2': ['beczka', 'barrel'],
    '3': ['butla', 'cylinder'],
    '4': ['karton', 'carton'],
    '5': ['kanister', 'canister'],
    '6': ['klatka', 'cage'],
    '7': ['kontener', 'container'],
    '8': ['kosz/koszyk', 'basket'],
    '9': ['łubianka', 'punnet'],
    '10': ['opakowanie zbiorcze', 'collective package'],
    '11': ['paczka', 'parcel'],
    '12': ['pakiet', 'packet'],
    '13': ['paleta', 'pallet'],
    '14': ['pojemnik', 'bin'],
    '15': ['pojemnik do ładunków masowych stałych', 'bulk container, solid'],
    '16': ['pojemnik do ładunków masowych w postaci płynnej', 'bulk container, liquid'],
    '17': ['pudełko', 'box'],
    '18': ['puszka', 'can'],
    '19': ['skrzynia', 'crate'],
    '20': ['worek', 'sack'],
  },
};

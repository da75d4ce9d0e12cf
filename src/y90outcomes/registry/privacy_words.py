"""Headings that announce what must not come in, in English, French, German, Italian, Dutch and Turkish.

Compared without accents, case, punctuation and the words that say whose (`patient`, `du`, `des`, `hastanin`, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WHOSE = frozenset({
    "patient", "patients", "patiente", "pt", "pat", "patienten", "patientin", "paziente", "pazienti", "hasta",
    "hastanin", "subject", "of", "the", "du", "de", "des", "la", "le", "les", "l", "d", "del", "della", "dello",
    "di", "der", "die", "das", "van", "het", "vom", "s",
})  # fmt: skip
"""Words a heading may carry beside the one that counts."""

NAMES = """
name; full name; surname; last name; lastname; first name; firstname; forename; given name; family name; middle
name; maiden name; initials; nom; noms; prenom; prenoms; nom prenom; nom et prenom; prenom nom; nom usage; nom
naissance; nom famille; nom jeune fille; initiales; nachname; vorname; familienname; geburtsname; rufname; vor und
nachname; name vorname; nachname vorname; vorname nachname; initialen; cognome; nome; nome cognome; nome e cognome;
cognome nome; cognome e nome; nominativo; iniziali; naam; achternaam; voornaam; voornamen; volledige naam;
voorletters; geboortenaam; ad; adi; soyad; soyadi; ad soyad; adi soyadi; isim; ismi; soy isim; isim soyisim
"""

BIRTH_DATES = """
dob; date birth; birth date; birthdate; birthday; date naissance; ddn; ne le; nee le; ne e le; geburtsdatum; geb;
geb datum; gebdat; geburtstag; geboren; geboren am; data nascita; nascita; nato il; nata il; nato a il;
geboortedatum; geb dat; dogum tarihi; dogum gunu; d tarihi
"""

RECORD_NUMBERS = """
mrn; medical record number; medical record no; medical record; hospital number; hospital no; record number; chart
number; nhs number; nhs no; social security number; ssn; national id; national identity number; passport; passport
number; insurance number; ipp; nip; numero dossier; n dossier; no dossier; dossier; dossier medical; numero securite
sociale; securite sociale; n secu; no secu; nir; krankenversicherungsnummer; versichertennummer;
versicherungsnummer; kvnr; fallnummer; aufnahmenummer; krankenaktennummer; ahv; ahv nummer; ahv nr;
sozialversicherungsnummer; codice fiscale; cf; cod fiscale; tessera sanitaria; numero cartella; cartella clinica;
nosologico; numero nosologico; bsn; burgerservicenummer; patientnummer ziekenhuis; dossiernummer; ziekenhuisnummer;
polisnummer; tc; tc no; tc kimlik; tc kimlik no; t c kimlik no; kimlik no; kimlik numarasi; dosya no; dosya
numarasi; protokol no; protokol numarasi
"""

CONTACTS = """
email; e mail; mail; courriel; adresse mail; adresse email; e mail adresse; posta elettronica; e posta; eposta;
phone; phone number; telephone; telephone number; mobile; mobile number; mobile phone; cell phone; fax; tel; tel no;
telephone portable; portable; numero telephone; n telephone; telefon; telefonnummer; handy; handynummer; mobil;
mobilnummer; telefono; cellulare; numero telefono; telefoon; telefoonnummer; mobiel; gsm; telefon no; telefon
numarasi; cep; cep no; cep telefonu; address; home address; street; street address; adresse; anschrift; strasse;
wohnort; indirizzo; via; residenza; adres; straat; woonplaats; adresi; postcode; post code; zip; zip code; code
postal; plz; postleitzahl; posta kodu
"""

FREE_TEXTS = """
comment; comments; remark; remarks; note; notes; free text; freetext; narrative; clinical notes; report text;
commentaire; commentaires; remarque; remarques; observation; observations; texte libre; compte rendu; bemerkung;
bemerkungen; kommentar; kommentare; anmerkung; anmerkungen; freitext; notiz; notizen; befundtext; osservazioni;
osservazione; commento; commenti; testo libero; annotazioni; referto; opmerking; opmerkingen; notitie; notities;
vrije tekst; toelichting; aciklama; aciklamalar; yorum; yorumlar; not; notlar; serbest metin
"""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split(";"))


WORDS: Mapping[str, frozenset[str]] = MappingProxyType({
    "name": _phrases(NAMES),
    "birth_date": _phrases(BIRTH_DATES),
    "record_number": _phrases(RECORD_NUMBERS),
    "contact": _phrases(CONTACTS),
    "free_text": _phrases(FREE_TEXTS),
})  # fmt: skip
"""What a heading announces -> the phrases that announce it."""

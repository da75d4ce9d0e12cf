"""How hospitals of six languages head their columns and write their codes."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "fr", "de", "it", "nl", "tr")

# (table, column) -> heading in the order of LANGUAGES; "*" is any table. A unit is put behind the heading.
_HEADINGS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("*", "patient_id"): ("Subject", "Code sujet", "Pseudonym", "Codice soggetto", "Studienummer", "Katılımcı kodu"),
    ("*", "lesion_id"): ("Lesion", "Lésion", "Läsion", "Lesione", "Laesie", "Lezyon"),
    ("*", "visit"): ("Visit", "Visite", "Visite", "Visita", "Bezoek", "Vizit"),
    ("*", "modality"): ("Modality", "Modalité", "Modalität", "Modalità", "Modaliteit", "Yöntem"),
    ("patients", "sex"): ("Sex", "Sexe", "Geschlecht", "Sesso", "Geslacht", "Cinsiyet"),
    ("patients", "age_at_treatment"): ("Age", "Âge", "Alter", "Età", "Leeftijd", "Yaş"),
    ("patients", "diagnosis_date"): ("Diagnosis date", "Date du diagnostic", "Diagnosedatum", "Data diagnosi",
                                     "Datum diagnose", "Tanı tarihi"),
    ("patients", "diagnosis_day"): ("Diagnosis day", "Jour du diagnostic", "Diagnosetag", "Giorno diagnosi",
                                    "Dag diagnose", "Tanı günü"),
    ("patients", "etiology"): ("Etiology", "Étiologie", "Ätiologie", "Eziologia", "Etiologie", "Etiyoloji"),
    ("patients", "cirrhosis"): ("Cirrhosis", "Cirrhose", "Zirrhose", "Cirrosi", "Cirrose", "Siroz"),
    ("patients", "ecog"): ("ECOG", "OMS", "ECOG", "ECOG", "ECOG", "ECOG"),
    ("patients", "ascites"): ("Ascites", "Ascite", "Aszites", "Ascite", "Ascites", "Asit"),
    ("patients", "encephalopathy"): ("Encephalopathy", "Encéphalopathie", "Enzephalopathie", "Encefalopatia",
                                     "Encefalopathie", "Ensefalopati"),
    ("patients", "child_pugh_reported"): ("Child-Pugh points", "Score de Child-Pugh", "Child-Pugh-Punkte",
                                          "Punteggio Child-Pugh", "Child-Pugh-punten", "Child-Pugh puanı"),
    ("patients", "bclc_reported"): ("BCLC", "Stade BCLC", "BCLC-Stadium", "Stadio BCLC", "BCLC-stadium", "BCLC evresi"),
    ("patients", "tumour_count"): ("Number of tumors", "Nombre de tumeurs", "Anzahl Tumoren", "Numero di tumori",
                                   "Aantal tumoren", "Tümör sayısı"),
    ("patients", "bilobar"): ("Bilobar", "Bilobaire", "Bilobär", "Bilobare", "Bilobair", "Bilober"),
    ("patients", "tumour_replacement"): ("Tumor burden", "Envahissement tumoral", "Tumorlast", "Carico tumorale",
                                         "Tumorlast", "Tümör yükü"),
    ("patients", "extrahepatic_disease"): ("Extrahepatic", "Extrahépatique", "Extrahepatisch", "Extraepatica",
                                           "Extrahepatisch", "Ekstrahepatik"),
    ("patients", "prior_liver_therapy"): ("Prior liver therapy", "Traitement hépatique antérieur",
                                          "Lokale Vortherapie", "Terapia epatica precedente",
                                          "Eerdere levertherapie", "Önceki karaciğer tedavisi"),
    ("treatments", "date"): ("Treatment date", "Date du traitement", "Behandlungsdatum", "Data trattamento",
                             "Datum behandeling", "Tedavi tarihi"),
    ("treatments", "day"): ("Treatment day", "Jour du traitement", "Behandlungstag", "Giorno trattamento",
                            "Dag behandeling", "Tedavi günü"),
    ("treatments", "approach"): ("Approach", "Territoire", "Zugang", "Approccio", "Benadering", "Yaklaşım"),
    ("treatments", "activity"): ("Activity", "Activité", "Aktivität", "Attività", "Activiteit", "Aktivite"),
    ("treatments", "residual_fraction"): ("Residual", "Résidu", "Rest", "Residuo", "Residu", "Kalan"),
    ("treatments", "lung_shunt_fraction"): ("Lung shunt", "Shunt pulmonaire", "Lungenshunt", "Shunt polmonare",
                                            "Longshunt", "Akciğer şantı"),
    ("treatments", "lung_mass"): ("Lung mass", "Masse pulmonaire", "Lungenmasse", "Massa polmonare", "Longmassa",
                                  "Akciğer kütlesi"),
    ("treatments", "sphere_age"): ("Days from calibration", "Jours depuis calibration", "Tage seit Kalibrierung",
                                   "Giorni da calibrazione", "Dagen sinds kalibratie", "Kalibrasyondan gün"),
    ("treatments", "maa_date"): ("MAA date", "Date du MAA", "MAA-Datum", "Data MAA", "Datum MAA", "MAA tarihi"),
    ("treatments", "maa_day"): ("MAA day", "Jour du MAA", "MAA-Tag", "Giorno MAA", "Dag MAA", "MAA günü"),
    ("lesions", "role"): ("Role", "Rôle", "Rolle", "Ruolo", "Rol", "Rol"),
    ("lesions", "lobe"): ("Lobe", "Lobe", "Lappen", "Lobo", "Kwab", "Lob"),
    ("dosimetry", "compartment"): ("Compartment", "Compartiment", "Kompartiment", "Compartimento", "Compartiment",
                                   "Bölme"),
    ("dosimetry", "source"): ("Image source", "Source image", "Bildquelle", "Fonte immagine", "Beeldbron",
                              "Görüntü kaynağı"),
    ("dosimetry", "absorbed_dose"): ("Dose", "Dose absorbée", "Dosis", "Dose", "Dosis", "Doz"),
    ("dosimetry", "volume"): ("Volume", "Volume", "Volumen", "Volume", "Volume", "Hacim"),
    ("imaging", "date"): ("Scan date", "Date imagerie", "Bildgebungsdatum", "Data imaging", "Datum scan",
                          "Görüntüleme tarihi"),
    ("imaging", "day"): ("Scan day", "Jour imagerie", "Bildgebungstag", "Giorno imaging", "Dag scan",
                         "Görüntüleme günü"),
    ("imaging", "longest_diameter"): ("Longest diameter", "Grand axe", "Größter Durchmesser", "Diametro maggiore",
                                      "Langste diameter", "En uzun çap"),
    ("imaging", "viable_diameter"): ("Viable diameter", "Grand axe viable", "Vitaler Durchmesser", "Diametro vitale",
                                     "Vitale diameter", "Canlı çap"),
    ("imaging", "viable_perpendicular"): ("Viable perpendicular", "Perpendiculaire viable", "Vitale Senkrechte",
                                          "Perpendicolare vitale", "Vitale loodlijn", "Canlı dik çap"),
    ("imaging", "attenuation"): ("Attenuation", "Densité", "Dichte", "Densità", "Densiteit", "Yoğunluk"),
    ("imaging", "arterial_enhancement"): ("Arterial enhancement", "Rehaussement artériel", "Arterielles Enhancement",
                                          "Enhancement arterioso", "Arteriële aankleuring", "Arteriyel tutulum"),
    ("imaging", "pvtt_class"): ("PVT class", "Thrombose porte", "Pfortaderthrombus", "Trombosi portale",
                                "Poortadertrombus", "Portal ven trombüsü"),
    ("imaging", "hvtt_class"): ("HVT class", "Thrombose sus-hépatique", "Lebervenenthrombus",
                                "Trombosi sovraepatica", "Levervenetrombus", "Hepatik ven trombüsü"),
    ("imaging", "new_lesion"): ("New lesion", "Nouvelle lésion", "Neue Läsion", "Nuova lesione", "Nieuwe laesie",
                                "Yeni lezyon"),
    ("assessments", "date"): ("Response date", "Date de réponse", "Datum Ansprechen", "Data risposta",
                              "Datum respons", "Yanıt tarihi"),
    ("assessments", "day"): ("Response day", "Jour de réponse", "Tag Ansprechen", "Giorno risposta", "Dag respons",
                             "Yanıt günü"),
    ("assessments", "criterion"): ("Criterion", "Critère", "Kriterium", "Criterio", "Criterium", "Ölçüt"),
    ("assessments", "response"): ("Response", "Réponse", "Ansprechen", "Risposta", "Respons", "Yanıt"),
    ("labs", "analyte"): ("Test", "Analyse", "Parameter", "Esame", "Bepaling", "Tetkik"),
    ("labs", "date"): ("Sample date", "Date du prélèvement", "Abnahmedatum", "Data prelievo", "Datum afname",
                       "Örnek tarihi"),
    ("labs", "day"): ("Sample day", "Jour du prélèvement", "Abnahmetag", "Giorno prelievo", "Dag afname", "Örnek günü"),
    ("labs", "value"): ("Result", "Résultat", "Ergebnis", "Risultato", "Uitslag", "Sonuç"),
    ("labs", "uln"): ("Upper limit", "Limite haute", "Obergrenze", "Limite superiore", "Bovengrens", "Üst sınır"),
    ("labs", "lln"): ("Lower limit", "Limite basse", "Untergrenze", "Limite inferiore", "Ondergrens", "Alt sınır"),
    ("adverse_events", "event_number"): ("AE no", "EI no", "UE Nr", "EA n", "AE nr", "AO no"),
    ("adverse_events", "term"): ("AE term", "Événement", "Ereignis", "Evento", "Bijwerking", "Advers olay"),
    ("adverse_events", "grade"): ("Grade", "Grade", "Grad", "Grado", "Graad", "Derece"),
    ("adverse_events", "related"): ("Related", "Imputabilité", "Zusammenhang", "Correlazione", "Verband", "İlişki"),
    ("adverse_events", "date"): ("AE date", "Date EI", "UE-Datum", "Data EA", "Datum AE", "AO tarihi"),
    ("adverse_events", "day"): ("AE day", "Jour EI", "UE-Tag", "Giorno EA", "Dag AE", "AO günü"),
    ("therapies", "therapy_number"): ("Therapy no", "Traitement no", "Therapie Nr", "Terapia n", "Therapie nr",
                                      "Tedavi no"),
    ("therapies", "therapy"): ("Therapy", "Traitement", "Therapie", "Terapia", "Therapie", "Tedavi"),
    ("therapies", "agent"): ("Drug", "Médicament", "Wirkstoff", "Farmaco", "Middel", "İlaç"),
    ("therapies", "date"): ("Therapy start", "Début du traitement", "Therapiebeginn", "Inizio terapia",
                            "Start therapie", "Tedavi başlangıcı"),
    ("therapies", "day"): ("Therapy start day", "Jour de début", "Starttag", "Giorno inizio", "Startdag",
                           "Başlangıç günü"),
    ("follow_up", "event"): ("Event", "Événement", "Ereignis", "Evento", "Gebeurtenis", "Olay"),
    ("follow_up", "occurrence"): ("Occurred", "Survenu", "Eingetreten", "Avvenuto", "Opgetreden", "Gerçekleşti"),
    ("follow_up", "date"): ("Event date", "Date événement", "Ereignisdatum", "Data evento", "Datum gebeurtenis",
                            "Olay tarihi"),
    ("follow_up", "day"): ("Event day", "Jour événement", "Ereignistag", "Giorno evento", "Dag gebeurtenis",
                           "Olay günü"),
    ("follow_up", "cause"): ("Cause of death", "Cause du décès", "Todesursache", "Causa di morte", "Doodsoorzaak",
                             "Ölüm nedeni"),
}  # fmt: skip

# code list, code -> text in the order of LANGUAGES
_CODES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sex": {
        "male": ("Male", "M", "männlich", "M", "man", "Erkek"),
        "female": ("Female", "F", "weiblich", "F", "vrouw", "Kadın"),
    },
    "yes_no": {
        "yes": ("Yes", "oui", "ja", "sì", "ja", "evet"),
        "no": ("No", "non", "nein", "no", "nee", "hayır"),
    },
    "yes_no_unknown": {
        "yes": ("Yes", "oui", "ja", "sì", "ja", "evet"),
        "no": ("No", "non", "nein", "no", "nee", "hayır"),
        "unknown": ("Unknown", "inconnu", "unbekannt", "ignoto", "onbekend", "bilinmiyor"),
    },
    "etiology": {
        "hepatitis_b": ("HBV", "VHB", "HBV", "HBV", "HBV", "HBV"),
        "hepatitis_c": ("HCV", "VHC", "HCV", "HCV", "HCV", "HCV"),
        "alcohol": ("Alcohol", "Alcool", "Alkohol", "Alcol", "Alcohol", "Alkol"),
        "masld": ("NASH", "NASH", "NASH", "NASH", "NASH", "NASH"),
        "cryptogenic": ("Unknown", "Inconnue", "unbekannt", "Ignota", "Onbekend", "Bilinmiyor"),
        "other": ("Other", "Autre", "andere", "Altro", "Anders", "Diğer"),
    },
    "ecog": {code: (code,) * 6 for code in ("0", "1", "2")},
    "bclc": {code: (code,) * 6 for code in ("A", "B", "C")},
    "response": {
        "CR": ("CR", "RC", "CR", "RC", "CR", "TY"),
        "PR": ("PR", "RP", "PR", "RP", "PR", "KY"),
        "SD": ("SD", "MS", "SD", "MS", "SD", "SH"),
        "PD": ("PD", "MP", "PD", "PD", "PD", "PH"),
        "NE": ("NE", "NE", "n. b.", "NV", "NE", "DE"),
    },
    "criterion": {
        "mrecist": ("mRECIST",) * 6,
        "recist_1_1": ("RECIST 1.1",) * 6,
    },
    "ascites": {
        "none": ("None", "absente", "keine", "assente", "geen", "yok"),
        "slight": ("Mild", "minime", "gering", "lieve", "gering", "hafif"),
        "moderate": ("Moderate", "modérée", "mäßig", "moderata", "matig", "orta"),
    },
    "encephalopathy": {
        "none": ("None", "absente", "keine", "assente", "geen", "yok"),
        "grade_1_2": ("Grade 1-2", "grade 1-2", "Grad 1-2", "grado 1-2", "graad 1-2", "derece 1-2"),
    },
    "approach": {
        "lobar": ("Lobar", "lobaire", "lobär", "lobare", "lobair", "lober"),
        "bilobar": ("Bilobar", "bilobaire", "bilobär", "bilobare", "bilobair", "bilober"),
    },
    "lesion_role": {
        "target": ("Target", "cible", "Ziel", "target", "target", "hedef"),
        "non_target": ("Non-target", "non cible", "Nicht-Ziel", "non target", "non-target", "hedef dışı"),
    },
    "lobe": {
        "right": ("R", "droit", "rechts", "destro", "rechts", "sağ"),
        "left": ("L", "gauche", "links", "sinistro", "links", "sol"),
    },
    "modality": {
        "ct": ("CT", "TDM", "CT", "TC", "CT", "BT"),
        "mri": ("MR", "IRM", "MRT", "RM", "MRI", "MR"),
    },
    "pvtt_class": {
        "none": ("no", "non", "nein", "no", "nee", "yok"),
        **{f"VP{k}": (f"Vp{k}",) * 6 for k in range(1, 5)},
    },
    "hvtt_class": {"none": ("no", "non", "nein", "no", "nee", "yok")},
    "dose_source": {
        "maa_spect_ct": ("MAA SPECT/CT", "TEMP/TDM MAA", "MAA-SPECT/CT", "SPECT/TC MAA", "MAA-SPECT/CT",
                         "MAA SPECT/BT"),
        "maa_spect": ("MAA SPECT", "TEMP MAA", "MAA-SPECT", "SPECT MAA", "MAA-SPECT", "MAA SPECT"),
    },
    "compartment": {
        "lesion": ("lesion", "lésion", "Läsion", "lesione", "laesie", "lezyon"),
        "tumour_total_perfused": ("tumor", "tumeur", "Tumor", "tumore", "tumor", "tümör"),
        "normal_perfused": ("normal perfused", "sain perfusé", "gesund perfundiert", "sano perfuso",
                            "gezond geperfundeerd", "normal perfüze"),
        "perfused_liver": ("perfused liver", "foie perfusé", "Leber perfundiert", "fegato perfuso",
                           "lever geperfundeerd", "perfüze karaciğer"),
        "whole_liver": ("whole liver", "foie total", "ganze Leber", "fegato intero", "hele lever", "tüm karaciğer"),
        "whole_liver_normal": ("whole normal liver", "foie sain total", "ganze gesunde Leber",
                               "fegato sano intero", "hele gezonde lever", "tüm normal karaciğer"),
        "lung": ("lung", "poumon", "Lunge", "polmone", "long", "akciğer"),
    },
    "ae_term": {
        "ascites": ("Ascites", "Ascite", "Aszites", "Ascite", "Ascites", "Asit"),
        "fatigue": ("Fatigue", "Asthénie", "Fatigue", "Astenia", "Vermoeidheid", "Yorgunluk"),
        "abdominal_pain": ("Abdominal pain", "Douleur abdominale", "Bauchschmerz", "Dolore addominale", "Buikpijn",
                           "Karın ağrısı"),
        "hepatic_failure": ("Hepatic failure", "Insuffisance hépatique", "Leberversagen", "Insufficienza epatica",
                            "Leverfalen", "Karaciğer yetmezliği"),
        "hyperbilirubinaemia": ("Bilirubin increased", "Bilirubine augmentée", "Bilirubin erhöht",
                                "Bilirubina aumentata", "Bilirubine verhoogd", "Bilirubin artışı"),
        "lymphopenia": ("Lymphopenia", "Lymphopénie", "Lymphopenie", "Linfopenia", "Lymfopenie", "Lenfopeni"),
        "other": ("Other", "Autre", "Sonstiges", "Altro", "Overig", "Diğer"),
    },
    "related": {
        "related": ("Related", "liée", "ja", "correlato", "ja", "ilişkili"),
        "possible": ("Possibly", "possible", "möglich", "possibile", "mogelijk", "olası"),
    },
    "therapy": {"systemic": ("Systemic", "systémique", "systemisch", "sistemica", "systemisch", "sistemik")},
    "systemic_agent": {"sorafenib": ("Sorafenib", "Sorafénib", "Sorafenib", "Sorafenib", "Sorafenib", "Sorafenib")},
    "follow_up_event": {
        "death": ("Death", "Décès", "Tod", "Decesso", "Overlijden", "Ölüm"),
        "progression": ("Progression", "Progression", "Progress", "Progressione", "Progressie", "Progresyon"),
        "last_contact": ("Last contact", "Dernières nouvelles", "Letzter Kontakt", "Ultimo contatto",
                         "Laatste contact", "Son görüşme"),
    },
    "death_cause": {
        "cancer": ("HCC", "CHC", "HCC", "HCC", "HCC", "HCC"),
        "liver": ("Liver failure", "insuffisance hépatique", "Leberversagen", "insufficienza epatica", "leverfalen",
                  "karaciğer yetmezliği"),
        "other": ("Other", "autre", "andere", "altro", "anders", "diğer"),
        "unknown": ("Unknown", "inconnue", "unbekannt", "ignota", "onbekend", "bilinmiyor"),
    },
    "visit": {
        "baseline": ("Baseline", "Inclusion", "Ausgang", "Basale", "Baseline", "Başlangıç"),
        "day_42": ("Week 6", "Semaine 6", "Woche 6", "Settimana 6", "Week 6", "6. hafta"),
        "day_90": ("Day 90", "J90", "Tag 90", "Giorno 90", "Dag 90", "90. gün"),
        "day_180": ("Day 180", "J180", "Tag 180", "Giorno 180", "Dag 180", "180. gün"),
        "month_12": ("1 year", "1 an", "1 Jahr", "1 anno", "1 jaar", "1 yıl"),
        "best": ("Best", "Meilleure", "Beste", "Migliore", "Beste", "En iyi"),
    },
    "analytes": {
        "bilirubin": ("Bilirubin", "Bilirubine", "Bilirubin", "Bilirubina", "Bilirubine", "Bilirubin"),
        "albumin": ("Albumin", "Albumine", "Albumin", "Albumina", "Albumine", "Albümin"),
        "inr": ("INR",) * 6,
        "creatinine": ("Creatinine", "Créatinine", "Kreatinin", "Creatinina", "Creatinine", "Kreatinin"),
        "afp": ("AFP", "AFP", "AFP", "AFP", "AFP", "AFP"),
        "platelets": ("Platelets", "Plaquettes", "Thrombozyten", "Piastrine", "Trombocyten", "Trombosit"),
        "lymphocytes": ("Lymphocytes", "Lymphocytes", "Lymphozyten", "Linfociti", "Lymfocyten", "Lenfosit"),
        "ast": ("AST", "ASAT", "GOT", "AST", "ASAT", "AST"),
        "alt": ("ALT", "ALAT", "GPT", "ALT", "ALAT", "ALT"),
    },
}  # fmt: skip

TITLES: Mapping[str, tuple[str, ...]] = {
    "patients": ("patients", "patients", "patienten", "pazienti", "patienten", "hastalar"),
    "treatments": ("treatments", "traitements", "behandlungen", "trattamenti", "behandelingen", "tedaviler"),
    "lesions": ("lesions", "lesions", "laesionen", "lesioni", "laesies", "lezyonlar"),
    "dosimetry": ("dosimetry", "dosimetrie", "dosimetrie", "dosimetria", "dosimetrie", "dozimetri"),
    "imaging": ("imaging", "imagerie", "bildgebung", "imaging", "beeldvorming", "goruntuleme"),
    "assessments": ("response", "reponse", "ansprechen", "risposta", "respons", "yanit"),
    "labs": ("labs", "biologie", "labor", "laboratorio", "lab", "laboratuvar"),
    "adverse_events": ("adverse_events", "evenements", "ereignisse", "eventi", "bijwerkingen", "olaylar"),
    "therapies": ("therapies", "autres_traitements", "therapien", "terapie", "therapieen", "diger_tedaviler"),
    "follow_up": ("follow_up", "suivi", "verlauf", "followup", "followup", "izlem"),
}
"""Names of files, sheets and database tables."""


def heading(language: str, table: str, column: str) -> str:
    """What a hospital of this language calls a canonical column."""
    found = _HEADINGS.get((table, column)) or _HEADINGS[("*", column)]
    return found[LANGUAGES.index(language)]


def codes(language: str, codelist: str) -> dict[str, str]:
    """code -> what a hospital of this language writes."""
    at = LANGUAGES.index(language)
    return {code: texts[at] for code, texts in _CODES[codelist].items()}


def title(language: str, table: str) -> str:
    """A file's or sheet's name."""
    return TITLES[table][LANGUAGES.index(language)]

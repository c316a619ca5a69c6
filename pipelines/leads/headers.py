"""What exports call the fields of a lead: HubSpot, Salesforce, Pipedrive, Zoho, and people, in six languages.

English, German, French, Dutch, Spanish and Italian. A word stands here once, and only where it can mean one field: no
"Name" (of whom?), no "Estado", "État" or "Stato" (the status or the state).
"""

# field -> headers; case, accents, spaces and punctuation count for nothing
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("Lead ID", "Lead-Nr.", "Leadnummer", "SnapCRM ID", "ID du lead", "ID del lead", "Lead - ID"),
    "firstName": (
        *("First", "Given Name", "Forename", "Christian Name", "Vorname", "Rufname"),
        *("Prénom", "Voornaam", "Roepnaam", "Nombre", "Nombre de pila", "Nome", "Nome di battesimo"),
    ),
    "lastName": (
        *("Last", "Surname", "Family Name", "Nachname", "Familienname", "Zuname"),
        *("Nom", "Nom de famille", "Achternaam", "Familienaam", "Apellido", "Apellidos", "Cognome"),
    ),
    "email": (
        *("Email address", "Mail", "Mail address", "Email ID", "Email - Work", "Email 1", "E-mail 1 - Value"),
        *("E-Mail-Adresse", "Mailadresse", "E-Mail (Arbeit)", "E-Mail geschäftlich", "E-Mail - Arbeit"),
        *("Courriel", "Adresse e-mail", "Adresse mail", "Adresse courriel", "Adresse électronique", "Mél"),
        *("E-mail pro", "E-mailadres", "Mailadres", "E-mail - Werk"),
        *("Correo", "Correo electrónico", "Dirección de correo", "Dirección de correo electrónico"),
        *("Dirección de email", "Posta elettronica", "Indirizzo e-mail", "Indirizzo mail"),
        *("Indirizzo di posta elettronica", "E-mail - Lavoro", "E-mail aziendale", "Company email", "Corporate email"),
    ),
    "phone": (
        *("Phone number", "Telephone", "Telephone number", "Tel", "Tel. no.", "Phone no", "Phone - Work", "Phone 1"),
        *("Phone 1 - Value", "Mobile", "Mobile phone", "Mobile phone number", "Mobile number", "Cell", "Cell phone"),
        *("Cellphone", "Business phone", "Work phone number", "Telefon", "Telefonnummer", "Telefonnr.", "Tel.-Nr."),
        *("Telefon - Arbeit", "Telefon geschäftlich", "Rufnummer", "Handy", "Handynummer", "Mobil", "Mobiltelefon"),
        *("Mobiltelefonnummer", "Mobilnummer", "Festnetz", "Téléphone", "Numéro de téléphone", "N° de téléphone"),
        *("Téléphone mobile", "Téléphone portable", "Numéro de téléphone mobile", "Portable", "Numéro de portable"),
        *("Telefoon", "Telefoonnummer", "Telefoonnr.", "Mobiel", "Mobiele telefoon", "Mobiel nummer"),
        *("Mobiel telefoonnummer", "Gsm", "Gsm-nummer", "Teléfono", "Número de teléfono", "N.º de teléfono", "Móvil"),
        *("Teléfono móvil", "Número de teléfono móvil", "Celular", "Telefono", "Numero di telefono", "N. di telefono"),
        *("Cellulare", "Telefono cellulare", "Numero di cellulare", "Numero di telefono cellulare"),
        *("Office phone", "Company phone", "Telefon Büro", "Telefon Firma", "Firmentelefon", "Téléphone professionnel"),
        *("Téléphone bureau", "Téléphone fixe", "Tél. portable", "Telefoon werk", "Teléfono de oficina", "Tfno."),
        *("Teléfono de trabajo", "Teléfono fijo", "Telefono ufficio", "Telefono aziendale", "Telefono fisso"),
    ),
    "company": (
        *("Company name", "Account", "Account name", "Organization", "Organization name", "Organization - Name"),
        *("Organisation", "Organisation name", "Organisation - Name", "Business name", "Employer"),
        *("Associated company",),
        *("Firma", "Firmenname", "Name der Firma", "Unternehmen", "Unternehmensname", "Name des Unternehmens"),
        *("Name der Organisation", "Gesellschaft", "Betrieb", "Arbeitgeber", "Kontoname", "Accountname"),
        *("Société", "Nom de la société", "Nom de société", "Entreprise", "Nom de l'entreprise", "Nom d'entreprise"),
        *("Raison sociale", "Nom de l'organisation", "Nom du compte", "Employeur"),
        *("Bedrijf", "Bedrijfsnaam", "Naam van bedrijf", "Naam bedrijf", "Organisatie", "Organisatienaam"),
        *("Naam van organisatie", "Werkgever", "Onderneming", "Empresa", "Nombre de la empresa", "Nombre de empresa"),
        *("Compañía", "Nombre de la compañía", "Organización", "Nombre de la organización", "Nombre de la cuenta"),
        *("Razón social", "Azienda", "Nome azienda", "Nome dell'azienda", "Società", "Nome società"),
        *("Nome della società", "Nome della compagnia", "Impresa", "Ditta", "Organizzazione", "Nome organizzazione"),
        *("Ragione sociale", "Nome account"),
    ),
    "website": (
        *("Website URL", "Web site", "Web", "Web page", "Webpage", "Web address", "URL", "Homepage", "Company website"),
        *("Domain", "Domain name", "Company domain name", "Company domain"),
        *("Webseite", "Webadresse", "Website-URL", "URL der Website", "Internetseite", "Internetadresse", "Internet"),
        *("Domäne", "Site", "Site web", "Site internet", "URL du site web", "URL du site", "Adresse web", "Domaine"),
        *("Websiteadres", "Webadres", "URL van website", "Domein", "Sitio web", "Página web", "URL del sitio web"),
        *("Dominio", "Sito", "Sito web", "Sito internet", "URL sito web", "URL del sito web", "Pagina internet"),
    ),
    "source": (
        *("Lead source", "Original source", "Source name", "Lead - Source", "Lead - Source name", "Quelle"),
        *("Lead-Quelle", "Herkunft", "Ursprüngliche Quelle", "Source du lead", "Source de la piste", "Origine"),
        *("Origine du lead", "Origine de la piste", "Provenance", "Bron", "Leadbron", "Bron van lead", "Herkomst"),
        *("Fuente", "Fuente del lead", "Fuente de posible cliente", "Origen", "Origen del lead"),
        *("Origen del candidato", "Fonte", "Fonte del lead", "Fonte lead", "Origine del lead", "Provenienza"),
    ),
    "address": (
        *("Street", "Street address", "Street name", "Address line 1", "Address 1", "Mailing street", "Postal address"),
        *("Mailing address", "Organization - Address", "Straße", "Straße und Hausnummer", "Straße, Nr.", "Anschrift"),
        *("Adresse", "Postanschrift", "Postadresse", "Rue", "Adresse postale", "Nom de la rue", "Numéro et rue"),
        *("Adres", "Straat", "Straatnaam", "Straat en huisnummer", "Postadres", "Dirección", "Calle"),
        *("Dirección postal", "Domicilio", "Indirizzo", "Via", "Indirizzo postale", "Indirizzo stradale"),
    ),
    "city": (
        *("Town", "City/Town", "Mailing city", "Stadt", "Ort", "Wohnort", "Ville", "Commune", "Localité"),
        *("Stad", "Plaats", "Woonplaats", "Gemeente", "Ciudad", "Población", "Localidad", "Municipio"),
        *("Città", "Comune", "Località"),
    ),
    "state": (
        *("State/Region", "State/Province", "Province", "Region", "County", "Mailing state", "Mailing state/province"),
        *("Bundesland", "Bundesland/Region", "Bundesland/Provinz", "Bundesstaat", "Provinz", "Kanton"),
        *("Région", "État/Région", "État/Province", "Département", "Canton", "Provincie", "Regio", "Provincie/regio"),
        *("Staat/regio", "Provincia", "Región", "Estado/Región", "Estado/Provincia", "Comunidad autónoma"),
        *("Regione", "Stato/Regione", "Stato/Provincia"),
    ),
    "zipcode": (
        *("Zip", "Postal code", "Postcode", "Zip/Postal code", "Mailing zip", "Mailing zip/postal code"),
        *("Mailing postal code", "PLZ", "Postleitzahl", "Code postal", "Code postal/Zip", "Código postal", "C.P."),
        *("CAP", "Codice postale", "Codice di avviamento postale"),
    ),
    "status": (
        *("Lead status", "Lead - Status", "Leadstatus", "Statut", "Statut du lead", "Statut de la piste"),
        *("Status van lead", "Estado del lead", "Estado de posible cliente", "Estatus", "Stato del lead", "Stato lead"),
    ),
    "tags": (
        *("Tag", "Label", "Labels", "Lead - Label", "Schlagwort", "Schlagwörter", "Schlagworte", "Stichwörter"),
        *("Étiquette", "Étiquettes", "Libellés", "Etiket", "Etiketten", "Labels van lead"),
        *("Etiqueta", "Etiquetas", "Etichetta", "Etichette"),
    ),
    "createdAt": (
        *("Created", "Created on", "Created date", "Created time", "Create date", "Creation date", "Date created"),
        *("Date added", "Add time", "Added on", "Added at", "Lead created", "Lead - Lead created", "Creation time"),
        *("Erstellt am", "Erstellt", "Erstellungsdatum", "Erstelldatum", "Erstellungszeit", "Angelegt am", "Angelegt"),
        *("Anlagedatum", "Hinzugefügt am", "Erfasst am", "Uhrzeit der Erstellung", "Erstellungszeitpunkt"),
        *("Créé le", "Créée le", "Date de création", "Date d'ajout", "Ajouté le", "Heure de création"),
        *("Aangemaakt op", "Aangemaakt", "Aanmaakdatum", "Datum aangemaakt", "Gemaakt op", "Toegevoegd op"),
        *("Datum van aanmaak", "Tijdstip van aanmaken", "Creado el", "Creado", "Fecha de creación", "Fecha de alta"),
        *("Hora de creación", "Añadido el", "Creato il", "Creato", "Creata il", "Data di creazione", "Data creazione"),
        *("Ora di creazione", "Aggiunto il", "Data di inserimento"),
    ),
    "updatedAt": (
        *("Updated", "Updated on", "Update time", "Date updated", "Last updated", "Last update", "Modified"),
        *("Modified on", "Modified time", "Last modified", "Last modified date", "Date modified", "Modified date"),
        *("Geändert am", "Geändert", "Zuletzt geändert", "Zuletzt geändert am", "Letzte Änderung", "Änderungsdatum"),
        *("Datum der letzten Änderung", "Letztes Änderungsdatum", "Aktualisiert am", "Zuletzt aktualisiert"),
        *("Modifié le", "Mis à jour le", "Dernière modification", "Date de modification"),
        *("Date de dernière modification", "Date de la dernière modification", "Dernière mise à jour"),
        *("Gewijzigd op", "Laatst gewijzigd", "Laatst gewijzigd op", "Wijzigingsdatum", "Datum laatste wijziging"),
        *("Bijgewerkt op", "Modificado el", "Actualizado el", "Última modificación", "Fecha de modificación"),
        *("Fecha de última modificación", "Última actualización", "Modificato il", "Aggiornato il"),
        *("Ultima modifica", "Data di modifica", "Data modifica", "Data ultima modifica", "Ultimo aggiornamento"),
    ),
}  # fmt: skip

# headers that no field holds although they look like one: to be left out
HELD_NOWHERE = (
    *("Job title", "Title", "Position", "Role", "Salutation", "Department", "Industry", "Country", "Country/Region"),
    *("Country code", "Fax", "Notes", "Note", "Description", "Comments", "Owner", "Lead owner", "Contact owner"),
    *("Record ID", "Contact ID", "Account ID", "Company ID", "Middle name", "Lifecycle stage", "Email opt out"),
    *("Email status", "Address line 2", "Address 2", "Last activity", "Last activity date", "Annual revenue"),
    *("Created by", "Modified by", "Last modified by", "Updated by", "Erstellt von", "Geändert von", "Créé par"),
    *("Modifié par", "Aangemaakt door", "Gewijzigd door", "Creado por", "Modificado por", "Creato da", "Modificato da"),
    *("Berufsbezeichnung", "Jobtitel", "Titel", "Funktion", "Anrede", "Abteilung", "Branche", "Land", "Land/Region"),
    *("Notiz", "Notizen", "Bemerkung", "Beschreibung", "Kommentar", "Besitzer", "Inhaber", "Zuständig", "Adresszusatz"),
    *("Poste", "Intitulé du poste", "Fonction", "Civilité", "Service", "Secteur", "Pays", "Pays/Région", "Remarques"),
    *("Propriétaire", "Functie", "Functietitel", "Aanhef", "Afdeling", "Branche", "Notities", "Opmerkingen"),
    *("Eigenaar", "Cargo", "Puesto", "Tratamiento", "Departamento", "Sector", "País", "País/Región", "Notas"),
    *("Descripción", "Propietario", "Qualifica", "Posizione", "Mansione", "Titolo", "Reparto", "Settore", "Paese"),
    *("Paese/Regione", "Nazione", "Descrizione", "Proprietario", "Titolare"),
    # of a person or of a company, and of both names in one cell: no field holds that
    *("Name", "Full name", "Contact name", "Lead name", "Person - Name", "Lead - Title", "Vollständiger Name", "Naam"),
    *("Nom complet", "Nom et prénom", "Volledige naam", "Nombre completo", "Nombre y apellidos", "Nome completo"),
    *("Nome e cognome", "Vor- und Nachname"),
)  # fmt: skip

# what exports put before a header that means the same with it
WHOSE = (
    *("Person", "Lead", "Contact", "Kontakt", "Contacto", "Contatto", "Contactpersoon", "Persona"),
    *("Primary", "Work", "Business", "Main", "Your"),
)  # fmt: skip

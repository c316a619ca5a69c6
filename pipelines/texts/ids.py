"""Ids as the published file has them."""

UUID_CHARACTERS = set("0123456789abcdef-")


def entity_id(entity_type: str, text: str) -> str:
    """A record's id as `company_links` has it: an organisation's uuid has no case (macro `organisation_id`)."""
    if entity_type == "organisation" and set(text.lower()) <= UUID_CHARACTERS:
        return text.lower()
    return text

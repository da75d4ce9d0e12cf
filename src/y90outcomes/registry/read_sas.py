"""SAS data sets (.sas7bdat, with the labels of a .sas7bcat catalogue) and transport files (.xpt)."""

from __future__ import annotations

import dataclasses

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.labelled import Variable, read_catalogue, read_contents, text_frame
from y90outcomes.registry.raw import RawFrame, Request
from y90outcomes.registry.read_stata import special_missing
from y90outcomes.registry.signatures import HEAD, expect, kind_of


def read_sas(request: Request) -> RawFrame:
    """One SAS file. Value labels stand in a catalogue of their own (`catalogue:`); without it values arrive as codes.

    In a .sas7bdat the special missing values .A to .Z and ._ are missing under their letter; in an .xpt they are empty,
    as pyreadstat does not tell them apart there. Raises InputError for a damaged file.
    """
    expect(request, "sas", "xport")
    with request.path.open("rb") as stream:
        transport = kind_of(stream.read(HEAD)) == "xport"
    if transport:
        if request.catalogue is not None:
            raise InputError(Fault(request.shown, "a transport file takes no catalogue", action="remove `catalogue`"))
        if request.path.stat().st_size % 80:
            raise InputError(
                Fault(request.shown, "ends within a record", "a whole SAS transport file", "send the file again")
            )
        found = read_contents("xport", request, "a SAS transport file", user_missing=False)
        variables = [Variable(name, values, {}, lambda _value: False) for name, values in found.columns.items()]
        return text_frame(variables, request)
    found = read_contents("sas7bdat", request, "a SAS data set", user_missing=True)
    if request.catalogue is not None:
        formats = read_catalogue(request.catalogue, request)
        used = {name: str(form or "").upper() for name, form in found.formats.items()}
        labels = {name: formats[form] for name, form in used.items() if form in formats}
        found = dataclasses.replace(found, labels=labels)  # a variable's format is the name of its labels
    return text_frame(special_missing(found), request)

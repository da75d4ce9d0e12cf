"""Response from measurements: RECIST 1.1, mRECIST, EASL, Choi and localised mRECIST (`CRITERIA`), visit by visit."""

from y90outcomes.derivations.response.assess import responses as responses
from y90outcomes.derivations.response.criteria import CRITERIA as CRITERIA
from y90outcomes.derivations.response.frame import FLAGS as FLAGS

"""Every deliberate failure: a code for programs, a status for HTTP, a sentence for a person; one file a matter.

A sentence says where, what, and what to do. What the operator needs beyond it goes to the log.
"""

from fieldapp.problems.base import Problem as Problem
from fieldapp.problems.base import explain as explain
from fieldapp.problems.cases import *
from fieldapp.problems.database import *
from fieldapp.problems.imports import *
from fieldapp.problems.instance import *
from fieldapp.problems.nodes import *
from fieldapp.problems.people import *
from fieldapp.problems.periods import *
from fieldapp.problems.photos import *
from fieldapp.problems.places import *
from fieldapp.problems.records import *
from fieldapp.problems.requests import *
from fieldapp.problems.tokens import *

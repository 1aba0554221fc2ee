"""Which names state machines, executions and activities can have.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html, parameter `name`
"""

import re
from typing import Final

_FORBIDDEN: Final = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\U000e0000-\U000fffff]")
_LONGEST: Final = 80


def is_name(text: str) -> bool:
    """Whether the API takes it.

    >>> is_name("weekly-refresh"), is_name("weekly refresh")
    (True, False)
    """
    return 0 < len(text) <= _LONGEST and _FORBIDDEN.search(text) is None

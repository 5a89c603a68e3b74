"""Whether a recorded client has sent what a file says: `sent.py FILE RECORDING`.

FILE has a `method`, a `url` and a `body`, as `specs/document/*.sent.json` have. Prints what was sent instead.
"""

import json
import sys
from pathlib import Path

wanted = json.loads(Path(sys.argv[1]).read_text())
found = []
for line in Path(sys.argv[2]).read_text().splitlines():
    exchange = json.loads(line)
    body = exchange.get("requestBody")
    if exchange["method"] == wanted["method"] and isinstance(body, dict) and body.get("id") == wanted["body"]["id"]:
        found.append({"method": exchange["method"], "url": exchange["url"], "body": body})

whole = [{**each, "url": each["url"][each["url"].find("/pools"):]} for each in found]
if wanted not in whole:
    print(json.dumps(found, indent=2))
    sys.exit(f"nothing equals {sys.argv[1]}")

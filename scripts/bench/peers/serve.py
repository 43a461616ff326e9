"""A peer answers requests, one a line as JSON: `work` names a method, `arguments` are its own."""

import json
import sys


def serve(peer, versions: dict[str, str]) -> None:
    print(json.dumps({"answer": versions}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"answer": getattr(peer, request["work"])(*request["arguments"])}
        except Exception as error:
            answer = {"error": f"{request['work']}: {error!r}"}
        print(json.dumps(answer), flush=True)

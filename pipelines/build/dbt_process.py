"""dbt's command line, in a process that ends with the one that started it, and that can note the statements it runs.

It stands alone: it is run as a file. `LEADPATH_RECORDING` names the file for the statements.
"""

import gc
import json
import os
import threading
from pathlib import Path
from typing import Any

# a query whose answer decides which statements follow
DECIDES = "/* decides */"


def end_with_parent() -> None:
    """After a kill dbt would keep the files locked, and write into them, while the next sync begins."""
    threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()


def record(said: list[list[Any]]) -> None:
    """Note each statement with the node that says it, and the answer of those that decide."""
    from dbt.adapters.sql.connections import SQLConnectionManager

    add_query = SQLConnectionManager.add_query

    def add_and_note(self: Any, sql: str, *given: Any, **named: Any) -> Any:
        connection = self.get_thread_connection()
        answer = None
        if DECIDES in sql:
            with connection.handle._env.conn.cursor() as cursor:
                answer = cursor.execute(sql).fetchall()[0][0]
        said.append([connection.name, sql, answer])
        return add_query(self, sql, *given, **named)

    SQLConnectionManager.add_query = add_and_note  # type: ignore[method-assign]  # dbt has no hook for it


def main() -> None:
    """Run dbt."""
    # what dbt makes lives until it ends: to look through it for garbage as often as usual costs a twentieth of its time
    gc.set_threshold(100_000, 20, 20)
    end_with_parent()
    said: list[list[Any]] = []
    recording = os.environ.get("LEADPATH_RECORDING")
    if recording:
        record(said)
    from dbt.cli.main import cli

    try:
        cli()
    finally:
        if recording:
            Path(recording).write_text(json.dumps(said), "utf-8")


if __name__ == "__main__":
    main()

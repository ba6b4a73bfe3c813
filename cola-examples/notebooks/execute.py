"""Executes the notebooks of this folder.

    python execute.py [NAME ...]            with few rows
    python execute.py --write [NAME ...]    as committed, and writes the outputs into the notebooks

It needs what requirements.txt has, and the package cola4j with its jars. ``sft`` takes the model's
folder from the environment variable COLA_SMOLLM2.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

FOLDER = Path(__file__).parent

#: Values of the cell with the tag "parameters" that make a short run.
FEW = {
    "tickets": {"TRAIN": 96, "VALIDATION": 36, "TEST": 60, "EPOCHS": 3},
    "sft": {"TRAIN": 24, "VALIDATION": 8, "TEST": 6, "EPOCHS": 3, "RATES": [1e-3, 3e-3]},
}


def read(name):
    """A notebook as it is committed."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def execute(name, folder, parameters):
    """A notebook with new outputs.

    Parameters
    ----------
    name : str
        the notebook's
    folder : Path
        where it runs
    parameters : dict
        values that replace those of its cell of parameters

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = read(name)
    (place,) = [
        number
        for number, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    given = "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
    notebook.cells.insert(place + 1, new_code_cell(given))
    client = NotebookClient(
        notebook,
        timeout=1200,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
        # what the JVM logs is left to the terminal
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],
    )
    client.execute()
    del notebook.cells[place + 1]
    return notebook


def sources(notebook):
    """What tells whether outputs are of these cells."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def write(name, notebook):
    """Commits outputs: without what differs from machine to machine."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            number += 1
            cell.execution_count = number
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = number
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "cola4j": {"sources": sources(notebook)},
    }
    nbformat.write(notebook, FOLDER / f"{name}.ipynb")


def main():
    kept = "--write" in sys.argv
    for name in [each for each in sys.argv[1:] if each != "--write"] or list(FEW):
        with tempfile.TemporaryDirectory() as folder:
            notebook = execute(name, folder, {} if kept else FEW[name])
        if kept:
            write(name, notebook)
        print(f"{name}: every cell ran")


if __name__ == "__main__":
    main()

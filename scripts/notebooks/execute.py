"""Executes a notebook from start to end in the folder given and writes it with its outputs; a failing cell fails the run."""
import sys

import nbformat
from nbclient import NotebookClient

source, folder, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
try:
    NotebookClient(notebook, timeout=900, kernel_name="tslab", resources={"metadata": {"path": folder}}).execute()
finally:
    nbformat.write(notebook, target)

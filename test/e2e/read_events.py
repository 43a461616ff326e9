"""What TensorBoard itself makes of a run's event files, as JSON: scalars by tag, and hyper-parameters."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

events = EventAccumulator(sys.argv[1])
events.Reload()
scalars = {tag: [[one.step, one.value] for one in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
contents = events.SummaryMetadata
start = metadata.parse_session_start_info_plugin_data(contents("_hparams_/session_start_info").plugin_data.content)
end = metadata.parse_session_end_info_plugin_data(contents("_hparams_/session_end_info").plugin_data.content)
parameters = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
print(json.dumps({"scalars": scalars, "parameters": parameters, "status": end.status}))

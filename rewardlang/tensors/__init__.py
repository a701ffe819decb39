"""Programs over Torch tensors: the same calls as `runtime`, on any device, without leaving it.

`reward.py` is what a loop calls, `functional.py` the same as pure functions. Where a program needs
the host (functions of the host, statistics over groups or over the run), `hosted.py` runs it there
and brings the results back.
"""

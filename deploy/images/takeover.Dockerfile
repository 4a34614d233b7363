# landbridge/takeover:1, from what `make takeover-package` lays out in build/takeover:
#   docker build -t landbridge/takeover:1 build/takeover
# The failover's steps with what they need, pinned by the lock's hashes, in a registry that AKS reaches
# while AWS does not answer. No Docker was at hand where this was written: it was never built.
FROM python:3.12-slim-bookworm
COPY requirements.txt /opt/landbridge/
RUN pip install --no-cache-dir --no-deps --require-hashes -r /opt/landbridge/requirements.txt
COPY functions/ /opt/landbridge/functions/
COPY landbridge/ /opt/landbridge/landbridge/
COPY statemachines/ /opt/landbridge/statemachines/
# The file system is read-only where it runs: bytecode is made here.
RUN python3 -m compileall -q /opt/landbridge
ENV PYTHONPATH=/opt/landbridge PYTHONUNBUFFERED=1
USER 10003:10003
ENTRYPOINT ["python3", "-m", "landbridge.takeover"]

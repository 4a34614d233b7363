# landbridge/orders:1, the sample workload, from the repository's root:
#   docker build -f deploy/images/orders.Dockerfile -t landbridge/orders:1 .
# Your own workload takes its place: docs/first-day.md says what it has to do. No Docker was at hand
# where this was written: it was never built.
FROM python:3.12-slim-bookworm
COPY requirements.lock /tmp/requirements.lock
# The driver and what it needs, in the lock's versions.
RUN grep -oE '^(pg8000|scramp|asn1crypto|python-dateutil|six)==[^ ]+' /tmp/requirements.lock \
    | xargs pip install --no-cache-dir --no-deps \
    && rm /tmp/requirements.lock
COPY lab/__init__.py /opt/orders/lab/__init__.py
COPY lab/orders /opt/orders/lab/orders
ENV PYTHONPATH=/opt/orders PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["python3", "-m", "lab.orders"]

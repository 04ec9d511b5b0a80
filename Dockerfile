FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/kpi
COPY requirements.txt /src/
RUN /opt/kpi/bin/pip install -r /src/requirements.txt
COPY . /src
RUN /opt/kpi/bin/pip install --no-deps /src \
 && /opt/kpi/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
COPY --from=build /opt/kpi /opt/kpi
# Prometheus runs as another user, and reads the alerts of users in kpi-rules.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin kpi \
 && install --directory --owner kpi --group kpi --mode 0750 /var/lib/kpi \
 && install --directory --owner kpi --group kpi --mode 0755 /var/lib/kpi-rules
ENV PATH=/opt/kpi/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
VOLUME /var/lib/kpi /var/lib/kpi-rules
EXPOSE 9840
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9840/-/healthy', timeout=2)"]
ENTRYPOINT ["kpi"]
CMD ["serve", "--config", "/etc/kpi/kpi.yaml"]

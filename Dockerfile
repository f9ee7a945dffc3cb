# One image for every role; compose gives each its command. The build context is the repository.
FROM python:3.11-slim
WORKDIR /opt/ventspils
RUN useradd --system --create-home --home-dir /var/lib/ventspils ventspils
# What changes seldom comes first: libraries are installed anew only when the lock is another.
COPY requirements-image.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY ventspils ventspils
COPY monitoring monitoring
COPY gis gis
COPY dashboard dashboard
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation .
USER ventspils
ENV VENTSPILS_HOME=/var/lib/ventspils
# Once, so that no plan waits for it.
RUN python -m gis.planning --compile
EXPOSE 8480
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["ventspils", "centre", "health"]
CMD ["ventspils", "run", "--port", "8480"]

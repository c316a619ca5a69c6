# Leadpath as a program in a container; docs/operations.md says how to run it.
FROM python:3.11-slim AS build
WORKDIR /source
COPY requirements.lock .
RUN python -m venv /opt/leadpath \
 && /opt/leadpath/bin/python -m pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY . .
RUN /opt/leadpath/bin/python -m pip install --quiet --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
COPY --from=build /opt/leadpath /opt/leadpath
# settings are read in /leadpath/.dlt, if you mount them, and in the environment
RUN useradd --uid 10001 --no-create-home leadpath && install --directory --owner leadpath /leadpath /leadpath/data
USER leadpath
WORKDIR /leadpath
ENV PATH="/opt/leadpath/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["leadpath"]
CMD ["--help"]

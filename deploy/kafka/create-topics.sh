#!/usr/bin/env bash
# create-topics.sh BOOTSTRAP FILE: creates the topics of FILE that are missing.
set -euo pipefail
grep -v '^#' "$2" | while read -r name partitions cleanup retention; do
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$1" --create --if-not-exists \
    --topic "$name" --partitions "$partitions" --replication-factor 1 \
    --config "cleanup.policy=$cleanup" --config "retention.ms=$retention" </dev/null
done

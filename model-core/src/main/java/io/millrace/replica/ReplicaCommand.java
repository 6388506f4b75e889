package io.millrace.replica;

import io.millrace.event.ClickEvent;

/**
 * What a replica in a task of its own is told: an event to learn, or a part of a message, see
 * {@code ReplicaMessages}.
 *
 * @param replica its number, from 0
 * @param event null for a part of a message
 * @param part bytes of a message; null for an event
 * @param last whether the message ends with this part
 */
@SuppressWarnings("ArrayRecordComponent") // shared by all replicas, never written
public record ReplicaCommand(int replica, ClickEvent event, byte[] part, boolean last) {}

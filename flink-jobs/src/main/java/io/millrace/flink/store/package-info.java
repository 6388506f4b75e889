/**
 * Object stores by their URIs, through Flink's file systems.
 *
 * <p>Read {@link io.millrace.flink.store.Stores} (which store a URI means) first. What must not
 * come in: what objects hold.
 */
package io.millrace.flink.store;

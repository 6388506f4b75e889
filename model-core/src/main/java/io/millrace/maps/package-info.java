/**
 * Builds the maps from ids to rows when a window or sub-window ends, and measures how they differ
 * from the maps before.
 *
 * <p>Read {@link io.millrace.maps.MapBuilder} first, then {@link io.millrace.maps.Drift}. The
 * clustering itself lives in {@code cluster}.
 */
package io.millrace.maps;

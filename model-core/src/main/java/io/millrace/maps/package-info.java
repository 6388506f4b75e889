/**
 * Builds the maps from ids to rows at the end of a window or sub-window, and measures how they
 * differ from the maps before.
 *
 * <p>Read {@link io.millrace.maps.MapBuilder} first, then {@link io.millrace.maps.Drift}. What must
 * not come in: the clustering itself, which lives in {@code cluster}, and the decision when maps
 * are built, which lives in {@code watch}.
 */
package io.millrace.maps;

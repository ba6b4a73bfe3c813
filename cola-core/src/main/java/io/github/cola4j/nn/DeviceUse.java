package io.github.cola4j.nn;

/**
 * How much of a device is in use, by whatever processes share it.
 *
 * @param bytes of its memory that are in use
 * @param totalBytes that it has
 * @param busy share of the last second or less, from 0 to 1, in which it computed; null where that
 *     is unknown
 */
public record DeviceUse(long bytes, long totalBytes, Double busy) {}

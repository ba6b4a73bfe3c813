/**
 * The command line: {@code bin/cola}.
 *
 * <p>{@link io.github.cola4j.spark.cli.Cola} is the entry, with {@code main} for a process and
 * {@code run} for a program; each command is a class named after it and a thin layer over the
 * packages beside this one. {@code FailureReport} and {@code MissingClass} turn a failure into one
 * line with the fix. {@code Interruption} ends a command at Ctrl-C and SIGTERM. {@code
 * VisibleStream} keeps control characters of names and labels from reaching a terminal. Options
 * that commands share are in {@code option}, where they print in {@code console}, where predictions
 * go in {@code output}, and {@code cola doctor} in {@code doctor}.
 */
package io.github.cola4j.spark.cli;

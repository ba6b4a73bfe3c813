package io.github.cola4j.examples.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the commands of pages in one JVM with one Spark session: {@code bin/cola} of a page's folder
 * hands its arguments to this through a named pipe. The working directory is the page's folder.
 */
final class PageServer {
  /** What {@code bin/cola} is where pages run; %s is the folder of the pipes. */
  static final String CLIENT =
      """
      #!/usr/bin/env bash
      cat > '%1$s/in'
      printf '%%s\\0' "$@" > '%1$s/request'
      read -r code < '%1$s/reply'
      cat '%1$s/out'
      cat '%1$s/err' >&2
      exit "$code"
      """;

  /** What ends the server instead of arguments. */
  static final String END = "END";

  private PageServer() {}

  /** The argument is the folder of the pipes. */
  public static void main(String[] arguments) throws IOException {
    Path pipes = Path.of(arguments[0]);
    PrintStream log = System.err;
    try (OpenSession session = new SparkOptions().open("pages")) {
      List<String> request = receive(pipes);
      while (!request.equals(List.of(END))) {
        log.println("bin/cola " + String.join(" ", request));
        int code = run(pipes, request);
        Files.writeString(pipes.resolve("reply"), code + "\n");
        request = receive(pipes);
      }
    }
  }

  private static List<String> receive(Path pipes) throws IOException {
    // a pipe has no position, which FileInputStream.readAllBytes would ask for
    try (InputStream in =
        new BufferedInputStream(new FileInputStream(pipes.resolve("request").toFile()))) {
      String all = new String(in.readAllBytes(), UTF_8);
      return List.of(all.substring(0, Math.max(0, all.length() - 1)).split("\0", -1));
    }
  }

  private static int run(Path pipes, List<String> request) throws IOException {
    InputStream in = System.in;
    PrintStream out = System.out;
    PrintStream err = System.err;
    try (InputStream given = new FileInputStream(pipes.resolve("in").toFile());
        PrintStream printed = print(pipes.resolve("out"));
        PrintStream logged = print(pipes.resolve("err"))) {
      System.setIn(given);
      System.setOut(printed);
      System.setErr(logged);
      return Cola.run(request.toArray(String[]::new));
    } finally {
      System.setIn(in);
      System.setOut(out);
      System.setErr(err);
    }
  }

  private static PrintStream print(Path file) throws IOException {
    return new PrintStream(new FileOutputStream(file.toFile()), true, UTF_8);
  }
}

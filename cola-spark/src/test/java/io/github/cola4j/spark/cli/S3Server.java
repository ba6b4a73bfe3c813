package io.github.cola4j.spark.cli;

import com.robothy.s3.rest.LocalS3;
import com.robothy.s3.rest.bootstrap.LocalS3Mode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An S3 server with an empty bucket in a JVM of its own, on this machine. */
final class S3Server implements AutoCloseable {
  static final String BUCKET = "s3a://bucket";
  private static final String STARTED = "S3 at port ";

  private final Process process;
  private final int port;

  S3Server(Path log) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(S3Server.class.getName());
    process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    while (line != null && !line.startsWith(STARTED)) {
      line = out.readLine();
    }
    port = Integer.parseInt(String.valueOf(line).substring(STARTED.length()));
    HttpRequest bucket =
        HttpRequest.newBuilder(URI.create(endpoint() + "/bucket"))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    HttpClient.newHttpClient().send(bucket, HttpResponse.BodyHandlers.discarding());
  }

  /** The server itself; requests for what is not there are logged as errors. */
  public static void main(String[] arguments) throws InterruptedException {
    LocalS3 server = LocalS3.builder().port(-1).mode(LocalS3Mode.IN_MEMORY).build();
    server.start();
    System.out.println(STARTED + server.getPort());
    Thread.currentThread().join();
  }

  private String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  /** What Hadoop needs to know of it. */
  Map<String, String> settings() {
    return new TreeMap<>(
        Map.of(
            "fs.s3a.endpoint", endpoint(),
            "fs.s3a.endpoint.region", "us-east-1",
            "fs.s3a.path.style.access", "true",
            "fs.s3a.access.key", "key",
            "fs.s3a.secret.key", "secret",
            "fs.s3a.aws.credentials.provider",
                "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

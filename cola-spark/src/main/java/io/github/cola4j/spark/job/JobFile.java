package io.github.cola4j.spark.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Reads and writes job files; every error names the key and what would be right. */
public final class JobFile {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .serializationInclusion(JsonInclude.Include.NON_EMPTY)
          .build();

  private JobFile() {}

  /**
   * Reads a job.
   *
   * @param overrides {@code key=value}, as {@code training.epochs=3} or {@code tasks.0.name=x}; the
   *     value is YAML
   * @return the job, every relative path resolved against the file's folder
   * @throws InvalidJobException if anything in it is wrong
   */
  public static Job read(Path file, List<String> overrides) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new InvalidJobException("cannot read the job file " + file + ": " + reason(e), e);
    }
    return resolve(parse(text, file.toString(), overrides), file.toAbsolutePath().getParent());
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.NoSuchFileException ? "there is no such file" : e.toString();
  }

  /** Reads a job from text, paths as they stand. */
  static Job parse(String text, String source, List<String> overrides) {
    try {
      JsonNode root = MAPPER.readTree(text);
      if (!(root instanceof ObjectNode job)) {
        throw new InvalidJobException(
            source + ": expected keys such as model, tasks and output, got no mapping", null);
      }
      overrides.forEach(override -> set(job, override));
      return MAPPER.treeToValue(job, Job.class);
    } catch (UnrecognizedPropertyException e) {
      throw new InvalidJobException(source + ": " + unknown(e), e);
    } catch (JsonMappingException e) {
      Throwable cause = e.getCause() instanceof IllegalArgumentException ? e.getCause() : null;
      String what = cause == null ? e.getOriginalMessage() : cause.getMessage();
      throw new InvalidJobException(source + ": " + at(e) + what, e);
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
      throw new InvalidJobException(source + line + ": " + e.getOriginalMessage(), e);
    }
  }

  /** Writes a job with every default filled in. */
  public static void write(Path file, Job job) {
    try {
      MAPPER.writeValue(file.toFile(), job);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static String unknown(UnrecognizedPropertyException e) {
    String name = e.getPropertyName();
    List<String> known = e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        known.stream()
            .min(Comparator.comparing(key -> distance.apply(key, name)))
            .map(key -> "; did you mean '" + key + "'?")
            .orElse("");
    return "unknown key '"
        + path(e.getPath())
        + "'"
        + nearest
        + " Known here: "
        + String.join(", ", known);
  }

  private static String at(JsonMappingException e) {
    return e.getPath().isEmpty() ? "" : path(e.getPath()) + ": ";
  }

  private static String path(List<JsonMappingException.Reference> path) {
    return path.stream()
        .map(r -> r.getFieldName() == null ? String.valueOf(r.getIndex()) : r.getFieldName())
        .collect(Collectors.joining("."));
  }

  private static void set(ObjectNode job, String override) {
    int equals = override.indexOf('=');
    if (equals < 1) {
      throw new InvalidJobException(
          "--set " + override + ": expected key=value, as training.epochs=3", null);
    }
    String[] keys = override.substring(0, equals).split("\\.");
    try {
      JsonNode value = MAPPER.readTree(override.substring(equals + 1));
      if (value.isMissingNode()) {
        value = NullNode.getInstance();
      }
      JsonNode parent = job;
      for (int i = 0; i < keys.length - 1; i++) {
        JsonNode child = child(parent, keys[i]);
        if (child == null && parent instanceof ObjectNode object) {
          child = object.putObject(keys[i]);
        }
        parent = child;
      }
      String last = keys[keys.length - 1];
      if (parent instanceof ObjectNode object) {
        object.set(last, value);
      } else if (parent instanceof ArrayNode array && child(array, last) != null) {
        array.set(Integer.parseInt(last), value);
      } else {
        throw new InvalidJobException(
            "--set " + override + ": there is no '" + override.substring(0, equals) + "'", null);
      }
    } catch (JsonProcessingException e) {
      throw new InvalidJobException("--set " + override + ": " + e.getOriginalMessage(), e);
    }
  }

  private static JsonNode child(JsonNode parent, String key) {
    if (parent instanceof ArrayNode array) {
      return key.matches("\\d{1,6}") ? array.get(Integer.parseInt(key)) : null;
    }
    return parent instanceof ObjectNode object ? object.get(key) : null;
  }

  private static Job resolve(Job job, Path folder) {
    return new Job(
        path(job.model(), folder),
        job.tasks().stream()
            .map(
                task ->
                    new TaskSpec(
                        task.name(),
                        paths(task.train(), folder),
                        paths(task.validation(), folder),
                        paths(task.test(), folder),
                        task.columns(),
                        task.classes()))
            .toList(),
        job.adapter(),
        job.training(),
        job.spark(),
        job.data(),
        job.baseline(),
        path(job.output(), folder));
  }

  private static List<String> paths(List<String> paths, Path folder) {
    return paths.stream().map(path -> path(path, folder)).toList();
  }

  /** A scheme ({@code hdfs:}, {@code classpath:}) or an absolute path stays as it is. */
  private static String path(String path, Path folder) {
    boolean scheme = path.matches("[A-Za-z][A-Za-z0-9+.-]+:.*");
    return scheme ? path : folder.resolve(path).normalize().toString();
  }
}

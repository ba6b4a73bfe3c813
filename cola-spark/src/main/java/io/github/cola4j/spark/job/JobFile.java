package io.github.cola4j.spark.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads and writes job files; every error names the key and what would be right. */
public final class JobFile {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL) // a key without a value
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
      throw new InvalidJobException("cannot read the job file " + file + ": " + reason(file, e), e);
    }
    return resolve(parse(text, file.toString(), overrides), file.toAbsolutePath().getParent());
  }

  private static String reason(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (Files.isDirectory(file)) {
      return "it is a folder; name the file in it";
    }
    return e instanceof CharacterCodingException
        ? "it is not UTF-8; convert it"
        : e.getClass().getSimpleName() + " " + e.getMessage();
  }

  /** Reads a job from text, paths as they stand. */
  static Job parse(String text, String source, List<String> overrides) {
    JsonNode root = NullNode.getInstance();
    try {
      root = document(text, source);
      if (!(root instanceof ObjectNode job)) {
        throw new InvalidJobException(
            source + ": expected keys such as model, tasks and output, got no mapping", null);
      }
      overrides.forEach(override -> set(job, override));
      requireKnownKeys(job, source);
      return MAPPER.treeToValue(job, Job.class);
    } catch (JsonMappingException e) {
      throw new InvalidJobException(source + ": " + wrongValue(e, root), e);
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
      throw new InvalidJobException(source + line + ": " + e.getOriginalMessage(), e);
    }
  }

  private static void requireKnownKeys(ObjectNode job, String source) {
    try {
      JobKeys.requireKnown(job, Job.class, "");
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(source + ": " + e.getMessage(), e);
    }
  }

  /** The one document; none gives null. */
  private static JsonNode document(String text, String source) throws JsonProcessingException {
    try (JsonParser parser = MAPPER.createParser(text)) {
      JsonNode document = MAPPER.readTree(parser);
      if (parser.nextToken() != null) {
        throw new InvalidJobException(
            source + ": expected one job, got another document after ---", null);
      }
      return document;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source, e);
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

  /** What a key's value should be, or what its record says of it. */
  private static String wrongValue(JsonMappingException e, JsonNode root) {
    String path = path(e.getPath());
    String what = e.getOriginalMessage();
    if (e.getCause() instanceof IllegalArgumentException refused) {
      what = refused.getMessage();
    } else if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      what = "expected " + expected(mismatch.getTargetType()) + ", got " + at(root, e.getPath());
    }
    return path.isEmpty() || what.startsWith(path + ".") ? what : path + ": " + what;
  }

  private static String expected(Class<?> type) {
    if (type.isEnum()) {
      return Stream.of(type.getEnumConstants())
          .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    if (type.isRecord()) {
      return "a mapping with keys of " + String.join(", ", JobKeys.names(type));
    }
    return switch (type.getSimpleName()) {
      case "Integer", "int", "Long", "long" -> "an integer";
      case "Double", "double" -> "a number";
      case "Boolean", "boolean" -> "true or false";
      case "String" -> "a text";
      default -> "a list";
    };
  }

  private static JsonNode at(JsonNode root, List<JsonMappingException.Reference> path) {
    JsonNode node = root;
    for (JsonMappingException.Reference reference : path) {
      JsonNode child = child(node, name(reference));
      node = child == null ? node : child; // a single value stands for a list of one
    }
    return node;
  }

  private static String name(JsonMappingException.Reference reference) {
    String field = reference.getFieldName();
    return field == null ? String.valueOf(reference.getIndex()) : field;
  }

  private static String path(List<JsonMappingException.Reference> path) {
    return path.stream().map(JobFile::name).collect(Collectors.joining("."));
  }

  private static void set(ObjectNode job, String override) {
    int equals = override.indexOf('=');
    String[] keys = override.substring(0, Math.max(0, equals)).split("\\.", -1);
    if (Stream.of(keys).anyMatch(String::isBlank)) {
      throw new InvalidJobException(
          "--set " + override + ": expected key=value, as training.epochs=3", null);
    }
    try {
      JsonNode value = MAPPER.readTree(override.substring(equals + 1));
      if (value.isMissingNode()) {
        value = NullNode.getInstance();
      }
      JsonNode parent = job;
      for (int i = 0; i < keys.length - 1; i++) {
        JsonNode child = child(parent, keys[i]);
        if ((child == null || child.isNull()) && parent instanceof ObjectNode object) {
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
                        task.classes(),
                        task.dialogue(),
                        resolve(task.choices(), folder)))
            .toList(),
        job.adapter(),
        job.training(),
        job.spark(),
        job.data(),
        job.prompt(),
        job.baseline(),
        path(job.output(), folder));
  }

  private static ChoiceSpec resolve(ChoiceSpec choices, Path folder) {
    return choices == null
        ? null
        : new ChoiceSpec(
            paths(choices.files(), folder),
            choices.subject(),
            choices.shots(),
            choices.limit(),
            choices.prompt());
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

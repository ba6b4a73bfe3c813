package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.github.cola4j.spark.data.file.DataFile;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/** How a JSON file holds its objects; its first lines say so, more than its ending does. */
enum JsonLayout {
  /** One a line. */
  LINES,
  /** In one array. */
  ARRAY,
  /** One after the other, over several lines, as {@code jq} prints them. */
  OBJECTS;

  /** What a line is by itself. */
  private enum Ending {
    /** A complete value. */
    COMPLETE,
    /** The beginning of a value that may go on in the next line. */
    OPEN,
    /** Neither. */
    MALFORMED
  }

  /** Reads the file's first lines. */
  static JsonLayout of(DataFile file, Configuration conf) throws IOException {
    try (LineReader lines = new LineReader(file.open(conf), LineReader.Ends.ANY)) {
      LineReader.Line line = nonBlank(lines);
      if (line == null) {
        return LINES;
      }
      String first = line.unmarked().strip();
      boolean isArray = first.startsWith("[");
      if (isArray && (file.ending().equals(JsonFormat.ANY_LAYOUT) || line.isTooLong())) {
        return ARRAY;
      }
      if (line.isTooLong()) {
        return LINES;
      }
      Ending ending = ending(first);
      boolean needsMore = ending == Ending.OPEN || (isArray && ending == Ending.COMPLETE);
      LineReader.Line second = needsMore ? nonBlank(lines) : null;
      if (isArray) {
        boolean isOneOfMany = ending == Ending.COMPLETE && second != null;
        return isOneOfMany || ending == Ending.MALFORMED ? LINES : ARRAY;
      }
      boolean goesOn =
          ending == Ending.OPEN
              && second != null
              && !second.unmarked().stripLeading().startsWith("{");
      return goesOn ? OBJECTS : LINES;
    }
  }

  private static LineReader.Line nonBlank(LineReader lines) throws IOException {
    LineReader.Line line = lines.nextFilled();
    while (line != null && line.unmarked().isBlank()) {
      line = lines.nextFilled();
    }
    return line;
  }

  private static Ending ending(String line) throws IOException {
    try (JsonParser parser = JsonTree.factory().createParser(line)) {
      while (parser.nextToken() != null) {
        parser.skipChildren();
      }
      return Ending.COMPLETE;
    } catch (JsonEOFException e) {
      // inside a string or key the line is cut: these do not go over lines
      return e.getTokenBeingDecoded() == null ? Ending.OPEN : Ending.MALFORMED;
    } catch (JsonProcessingException e) {
      return Ending.MALFORMED;
    }
  }
}

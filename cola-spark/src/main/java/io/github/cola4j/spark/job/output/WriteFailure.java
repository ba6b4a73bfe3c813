package io.github.cola4j.spark.job.output;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Locale;

/** Why something could not be written, in words, and what can be done about it. */
public final class WriteFailure {
  private static final List<String> FULL =
      List.of("no space left", "quota", "not enough space", "disk full");

  private WriteFailure() {}

  /** The reason; some exceptions of Java's say nothing but a path. */
  public static String reason(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return failure.getMessage() + ": permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return failure.getMessage() + ": no such file or folder";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return failure.getMessage() + ": a file of this name is in the way";
    }
    if (failure instanceof NotDirectoryException) {
      return failure.getMessage() + ": not a folder";
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  /** What to do. */
  public static String remedy(IOException failure) {
    return isFull(failure) ? "make room" : "remove the cause";
  }

  private static boolean isFull(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (FULL.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }
}

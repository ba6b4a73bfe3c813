"""Puts jars into the wheel: those that the environment variable COLA4J_JARS names."""

import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Jars(BuildHookInterface):
    def initialize(self, version, build_data):
        for jar in filter(None, os.environ.get("COLA4J_JARS", "").split(os.pathsep)):
            if not os.path.isfile(jar):
                raise FileNotFoundError(f"COLA4J_JARS names {jar}, which is no file")
            build_data["force_include"][os.path.abspath(jar)] = (
                f"cola4j/jars/{os.path.basename(jar)}"
            )

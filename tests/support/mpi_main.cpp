// Runs the tests of src/comm: every rank runs every test, in the same order, and prints what fails on it.

#include <gtest/gtest.h>

#include "comm/communicator.hpp"

int main(int count, char** arguments) {
  const sightline::comm::Environment environment(&count, &arguments);
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}

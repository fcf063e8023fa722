#include "attribution/parameters.hpp"

namespace sightline::attribution {

std::map<std::string, std::string> Parameters::stored() const {
  auto values = all();
  values["target"] = job_.explain.target.text();
  return values;
}

}  // namespace sightline::attribution

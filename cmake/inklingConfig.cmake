# What find_package(inkling) reads: the targets inkling::inkling, shared, and inkling::static.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/inkling-targets.cmake)

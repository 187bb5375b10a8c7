# What `cmake --install` puts under a prefix, and so what the tarball and the container hold:
#
#   bin/oncelog
#   lib/oncelog/     the shared libraries it needs besides those of the C library, so that it runs
#                    on any Linux with a glibc as new as that of the machine that built it
#   lib/systemd/system/oncelog.service
#   share/doc/oncelog/
set(bundle lib/oncelog)
set_target_properties(oncelog PROPERTIES INSTALL_RPATH "$ORIGIN/../${bundle}")
install(TARGETS oncelog RUNTIME_DEPENDENCY_SET oncelog_libraries
        RUNTIME DESTINATION bin)
install(RUNTIME_DEPENDENCY_SET oncelog_libraries
        PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv)\\.so"
        LIBRARY DESTINATION ${bundle})
install(FILES contrib/oncelog.service DESTINATION lib/systemd/system)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION share/doc/oncelog)
install(DIRECTORY docs DESTINATION share/doc/oncelog)

#include "app/setting_kinds.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "app/value_spelling.h"
#include "base/number.h"

namespace dibs::app {

namespace {

Setting make_setting(SettingRow row) {
    Setting setting;
    setting.name = row.name;
    setting.placeholder = row.placeholder;
    setting.meaning = row.meaning;
    setting.default_text = std::move(row.default_text);
    setting.default_words = row.default_words;
    return setting;
}

std::optional<std::size_t> parse_within(std::string_view text, Limits limits) {
    const auto number = base::parse_integer<std::size_t>(text);
    if (!number || *number < limits.min || *number > limits.max) return std::nullopt;
    return number;
}

/// One of a few words, each standing for a value.
template <typename Value>
Setting choice(SettingRow row, Value Settings::*member,
               std::vector<std::pair<std::string_view, Value>> words) {
    Setting setting = make_setting(std::move(row));
    for (const auto& [word, value] : words) {
        setting.expected += setting.expected.empty() ? "one of " : ", ";
        setting.expected += word;
    }
    setting.read = [member, words](std::string_view text, Settings& settings) {
        for (const auto& [word, value] : words) {
            if (word != text) continue;
            settings.*member = value;
            return true;
        }
        return false;
    };
    setting.show = [member, words](const Settings& settings) {
        for (const auto& [word, value] : words) {
            if (value == settings.*member) return std::string(word);
        }
        return std::string();
    };
    return setting;
}

bool is_time_zone(std::string_view name) {
    try {
        return date::locate_zone(name) != nullptr;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace

Setting whole_number(SettingRow row, std::size_t Settings::*member, Limits limits) {
    Setting setting = make_setting(std::move(row));
    setting.expected = fmt::format("a whole number from {} to {}", limits.min, limits.max);
    setting.is_number = true;
    setting.read = [member, limits](std::string_view text, Settings& settings) {
        const auto number = parse_within(text, limits);
        if (number) settings.*member = *number;
        return number.has_value();
    };
    setting.show = [member](const Settings& settings) { return std::to_string(settings.*member); };
    return setting;
}

Setting truth(SettingRow row, bool Settings::*member) {
    Setting setting = choice<bool>(std::move(row), member, {{"true", true}, {"false", false}});
    setting.is_truth = true;
    return setting;
}

Setting milliseconds(SettingRow row, std::chrono::milliseconds Settings::*member, Limits limits) {
    Setting setting = make_setting(std::move(row));
    setting.expected =
        fmt::format("a whole number of milliseconds from {} to {}", limits.min, limits.max);
    setting.is_number = true;
    setting.read = [member, limits](std::string_view text, Settings& settings) {
        const auto number = parse_within(text, limits);
        if (number) settings.*member = std::chrono::milliseconds(*number);
        return number.has_value();
    };
    setting.show = [member](const Settings& settings) {
        return std::to_string((settings.*member).count());
    };
    return setting;
}

Setting endpoint(SettingRow row, Endpoint Settings::*member) {
    Setting setting = make_setting(std::move(row));
    setting.expected = "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";
    setting.read = [member](std::string_view text, Settings& settings) {
        std::optional<Endpoint> parsed = parse_endpoint(text);
        if (!parsed) return false;
        settings.*member = *std::move(parsed);
        return true;
    };
    setting.show = [member](const Settings& settings) { return to_text(settings.*member); };
    return setting;
}

Setting optional_text(SettingRow row, std::optional<std::string> Settings::*member,
                      std::string_view expected) {
    Setting setting = make_setting(std::move(row));
    setting.expected = expected;
    setting.read = [member](std::string_view text, Settings& settings) {
        const bool has_control = std::any_of(
            text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        if (text.empty() || has_control) return false;
        settings.*member = std::string(text);
        return true;
    };
    setting.show = [member](const Settings& settings) { return (settings.*member).value_or(""); };
    return setting;
}

Setting store_url(SettingRow row, std::string Settings::*member) {
    Setting setting = make_setting(std::move(row));
    setting.expected =
        "a store's URL, such as sqlite:./dibs.db or postgresql://user@localhost/dibs";
    setting.read = [member](std::string_view text, Settings& settings) {
        if (!is_store_url(text)) return false;
        settings.*member = text;
        return true;
    };
    setting.show = [member](const Settings& settings) { return mask_passwords(settings.*member); };
    return setting;
}

Setting time_of_day(SettingRow row, std::chrono::minutes Settings::*member) {
    Setting setting = make_setting(std::move(row));
    setting.expected = "a time of day from 00:00 to 23:59";
    setting.read = [member](std::string_view text, Settings& settings) {
        const auto time = parse_time_of_day(text);
        if (time) settings.*member = *time;
        return time.has_value();
    };
    setting.show = [member](const Settings& settings) { return to_time_of_day(settings.*member); };
    return setting;
}

Setting time_zone(SettingRow row, std::string Settings::*member) {
    Setting setting = make_setting(std::move(row));
    setting.expected = "a time zone of the IANA database, such as UTC or Asia/Seoul";
    setting.read = [member](std::string_view text, Settings& settings) {
        if (!is_time_zone(text)) return false;
        settings.*member = text;
        return true;
    };
    setting.show = [member](const Settings& settings) { return settings.*member; };
    return setting;
}

Setting authentication_mode(SettingRow row, AuthenticationMode Settings::*member) {
    return choice<AuthenticationMode>(
        std::move(row), member,
        {{"jwt", AuthenticationMode::jwt}, {"trusted-header", AuthenticationMode::trusted_header}});
}

Setting log_level(SettingRow row, base::log::Level Settings::*member) {
    using base::log::Level;
    return choice<Level>(std::move(row), member,
                         {{"debug", Level::debug},
                          {"info", Level::info},
                          {"warning", Level::warning},
                          {"error", Level::error}});
}

}  // namespace dibs::app
